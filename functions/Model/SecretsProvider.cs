namespace MeshPort.Model;

/// <summary>The add-on of a cluster that reads key vaults, as the cluster has it now.</summary>
/// <param name="Problem">Why certificates of key vaults do not reach the cluster; null when they do.</param>
/// <param name="ClientId">Of the add-on's identity.</param>
/// <param name="ObjectId">Of the add-on's identity.</param>
/// <param name="TenantId">The tenant of the cluster; null when the cluster does not tell it.</param>
/// <param name="HasRotation">Whether new versions of certificates arrive.</param>
internal sealed record SecretsProvider(
    Observation? Problem,
    string ClientId = "",
    string ObjectId = "",
    string? TenantId = null,
    bool HasRotation = true
);
