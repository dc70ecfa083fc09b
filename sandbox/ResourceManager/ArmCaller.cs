using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>The caller of a request and its role.</summary>
internal sealed record ArmCaller(TokenIdentity Identity, SandboxRole Role)
{
    /// <exception cref="ArmException">403 when the role lacks the action.</exception>
    public void Require(ArmPath path, string method)
    {
        var allowed = Role == SandboxRole.Owner || path.Subscription is null || (Role == SandboxRole.Reader && (method is "GET" or "HEAD"));
        if (!allowed)
        {
            throw new ArmException(
                403,
                "AuthorizationFailed",
                $"The client '{Identity.ApplicationId}' with object id '{Identity.ObjectId}' does not have authorization to perform "
                    + $"action '{path.Action(method)}' over scope '{path.Scope}' or the scope is invalid. If access was recently granted, "
                    + "please refresh your credentials."
            );
        }
    }
}
