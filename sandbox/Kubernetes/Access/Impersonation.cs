using MeshPort.Sandbox.Kubernetes.Server;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>
/// Acting as another user (<c>kubectl --as</c>), which requires the verb <c>impersonate</c>
/// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
/// </summary>
internal static class Impersonation
{
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    /// <returns>The identity of the request: the impersonated user, otherwise the caller.</returns>
    public static KubeIdentity Of(HttpRequest request, KubeIdentity caller, Authorizer authorizer)
    {
        var user = request.Headers["Impersonate-User"].ToString();
        if (user.Length == 0)
        {
            return caller;
        }

        authorizer.Demand(
            caller,
            user.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && user.Split(':') is [_, _, var home, var name]
                ? new AccessRequest("impersonate", "", "serviceaccounts", home, name)
                : new AccessRequest("impersonate", "", "users", "", user)
        );
        var groups = request.Headers["Impersonate-Group"].OfType<string>().ToArray();
        foreach (var group in groups)
        {
            authorizer.Demand(caller, new AccessRequest("impersonate", "", "groups", "", group));
        }

        return new KubeIdentity(user, [.. groups, user == KubeIdentity.Anonymous ? "system:unauthenticated" : KubeIdentity.Authenticated]);
    }
}
