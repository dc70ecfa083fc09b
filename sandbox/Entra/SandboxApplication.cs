namespace MeshPort.Sandbox.Entra;

/// <summary>The rights of an application in every subscription.</summary>
public enum SandboxRole
{
    /// <summary>No rights: Azure Resource Manager answers 403 <c>AuthorizationFailed</c>.</summary>
    None,

    /// <summary>Reads only. Actions (POST) are refused, so it gets no kubeconfigs.</summary>
    Reader,

    /// <summary>All rights.</summary>
    Owner,
}

/// <summary>An application or managed identity of the sandbox's tenant.</summary>
/// <param name="ClientId">The id in credentials.</param>
/// <param name="ObjectId">The id in role assignments and tokens.</param>
/// <param name="ClientSecret">Created at start, in memory only. Empty for a managed identity.</param>
public sealed record SandboxApplication(string Name, string ClientId, string ObjectId, string ClientSecret, SandboxRole Role);
