using MeshPort.Sandbox.Kubernetes.Server;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>The checks before every request: authentication, impersonation, authorization.</summary>
internal sealed class RequestGate(
    KubeAuthentication authentication,
    ServiceAccountTokens accounts,
    Authorizer authorizer,
    Func<ClusterShape> shape
)
{
    /// <exception cref="Objects.KubeError">401 for invalid credentials, 403 for a forbidden impersonation.</exception>
    public KubeIdentity Identify(HttpContext context) =>
        Impersonation.Of(
            context.Request,
            authentication.Identify(
                shape(),
                accounts,
                context.Connection.ClientCertificate,
                context.Request.Headers.Authorization is [{ } header, ..] ? header : null
            ),
            authorizer
        );

    public void Demand(KubeIdentity identity, AccessRequest request) => authorizer.Demand(identity, request);
}
