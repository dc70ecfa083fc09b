namespace MeshPort.Sandbox.Entra;

/// <summary>What an application may do in every subscription here.</summary>
public enum SandboxRole
{
    /// <summary>Nothing: Azure Resource Manager answers 403 <c>AuthorizationFailed</c>.</summary>
    None,

    /// <summary>Reads, but no actions (POST): also no kubeconfigs.</summary>
    Reader,

    /// <summary>Everything.</summary>
    Owner,
}

/// <summary>An application or managed identity of the sandbox's tenant.</summary>
/// <param name="ClientId">What credentials are given.</param>
/// <param name="ObjectId">What role assignments and tokens name.</param>
/// <param name="ClientSecret">Made at start, in memory only; empty for a managed identity.</param>
public sealed record SandboxApplication(string Name, string ClientId, string ObjectId, string ClientSecret, SandboxRole Role);
