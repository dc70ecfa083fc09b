namespace MeshPort.Arm;

/// <summary>The api-versions that are sent. Features, providers and resource groups use what Azure.ResourceManager sends.</summary>
internal static class ApiVersions
{
    /// <summary>The newest version seen in live traffic; has the mesh profile and, for later use, the Gateway API fields (2026-02-01).</summary>
    public const string ManagedClusters = "2026-03-01";

    public const string Network = "2025-05-01";

    public const string RoleAssignments = "2022-04-01";
}
