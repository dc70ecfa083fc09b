namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>The preview features of this Azure.</summary>
internal static class FeatureCatalog
{
    // Today's Azure no longer has AzureServiceMeshPreview (the mesh is generally available). It stays here for the walk-through that
    // registers it.
    private static readonly string[] SelfService =
    [
        "Microsoft.ContainerService/AzureServiceMeshPreview",
        "Microsoft.ContainerService/EnableSLBSharedHealthProbePreview",
        "Microsoft.ContainerService/ManagedGatewayAPIPreview",
        "Microsoft.ContainerService/MultipleStandardLoadBalancersPreview",
        "Microsoft.Network/AllowMultipleAddressPrefixesOnSubnet",
    ];

    // Stays Pending until an approval (AzureSandbox.ApproveFeature).
    private static readonly string[] ApprovalGated = ["Microsoft.ContainerService/ApprovalGatedPreview"];

    public static IEnumerable<string> All => SelfService.Concat(ApprovalGated);

    /// <summary>The full name in Azure's spelling. Null when the feature does not exist.</summary>
    public static string? Find(string provider, string feature) =>
        All.FirstOrDefault(known => string.Equals(known, $"{provider}/{feature}", StringComparison.OrdinalIgnoreCase));

    public static bool NeedsApproval(string name) => ApprovalGated.Contains(name);
}
