using MeshPort.Sandbox.Kubernetes.Server;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>What every request passes first: who calls, as whom, and whether he may.</summary>
internal sealed class RequestGate(
    KubeAuthentication authentication,
    ServiceAccountTokens accounts,
    Authorizer authorizer,
    Func<ClusterShape> shape
)
{
    /// <exception cref="Objects.KubeError">401 for bad credentials, 403 for an impersonation that is not allowed.</exception>
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
