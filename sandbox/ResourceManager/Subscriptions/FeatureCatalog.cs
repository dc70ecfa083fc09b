namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>The preview features that this Azure knows.</summary>
internal static class FeatureCatalog
{
    // AzureServiceMeshPreview is gone from today's Azure (the mesh is generally available); it is kept here for the walk-through that registers it.
    private static readonly string[] SelfService =
    [
        "Microsoft.ContainerService/AzureServiceMeshPreview",
        "Microsoft.ContainerService/EnableSLBSharedHealthProbePreview",
        "Microsoft.ContainerService/ManagedGatewayAPIPreview",
        "Microsoft.ContainerService/MultipleStandardLoadBalancersPreview",
        "Microsoft.Network/AllowMultipleAddressPrefixesOnSubnet",
    ];

    // Stays Pending until someone approves it (AzureSandbox.ApproveFeature).
    private static readonly string[] ApprovalGated = ["Microsoft.ContainerService/ApprovalGatedPreview"];

    public static IEnumerable<string> All => SelfService.Concat(ApprovalGated);

    /// <summary>The full name as Azure spells it; null when there is no such feature.</summary>
    public static string? Find(string provider, string feature) =>
        All.FirstOrDefault(known => string.Equals(known, $"{provider}/{feature}", StringComparison.OrdinalIgnoreCase));

    public static bool NeedsApproval(string name) => ApprovalGated.Contains(name);
}
