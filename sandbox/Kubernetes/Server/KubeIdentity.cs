namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The caller of an API server.</summary>
internal sealed record KubeIdentity(string User, IReadOnlyList<string> Groups)
{
    public const string Anonymous = "system:anonymous";
    public const string Authenticated = "system:authenticated";

    /// <summary>Empty for certificate users.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The object id of a caller with an Entra token, for Azure RBAC.</summary>
    public string? EntraObjectId { get; init; }
}
