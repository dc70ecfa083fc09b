namespace MeshPort.Arm;

/// <summary>The api-versions that MeshPort sends.</summary>
internal static class ApiVersions
{
    /// <summary>The newest version seen in live traffic. It has the mesh profile and the Gateway API fields (since 2026-02-01).</summary>
    public const string ManagedClusters = "2026-03-01";

    public const string Network = "2025-05-01";

    public const string RoleAssignments = "2022-04-01";

    /// <summary>User-assigned identities.</summary>
    public const string Identities = "2023-01-31";

    public const string Features = "2021-07-01";

    /// <summary>Resource groups and providers.</summary>
    public const string Resources = "2022-09-01";
}
