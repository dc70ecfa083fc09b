namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Who calls an API server.</summary>
internal sealed record KubeIdentity(string User, IReadOnlyList<string> Groups)
{
    public const string Anonymous = "system:anonymous";
    public const string Authenticated = "system:authenticated";

    /// <summary>Empty for users of certificates.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Of a caller with an Entra token; what Azure RBAC decides about.</summary>
    public string? EntraObjectId { get; init; }
}
