using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>
/// Checks Azure RBAC first where the cluster uses it, then the cluster's own roles. Role assignments do not affect this check: the owner
/// application and the managed identities have "Azure Kubernetes Service RBAC Cluster Admin" everywhere, other principals have no role.
/// </summary>
internal sealed class Authorizer(RbacAuthorizer rbac, Func<ClusterShape> shape)
{
    private const string AzureAllows = "Access allowed by Azure RBAC";
    private const string AzureRefuses = "User does not have access to the resource in Azure. Update role assignment to allow access.";

    public string? Allows(KubeIdentity identity, AccessRequest request) =>
        shape().AzureRbac && identity.EntraObjectId is { } caller && Application.Administers(caller)
            ? AzureAllows
            : rbac.Allows(identity, request);

    public IEnumerable<JsonNode> Rules(KubeIdentity identity, string @namespace) => rbac.Rules(identity, @namespace);

    /// <summary>An additional reason for the refusal. Empty when no role allows the request and nothing else applies.</summary>
    public string Refusal(KubeIdentity identity) => shape().AzureRbac && identity.EntraObjectId is not null ? AzureRefuses : "";

    /// <exception cref="KubeError">403, worded as by an API server.</exception>
    public void Demand(KubeIdentity identity, AccessRequest request)
    {
        if (Allows(identity, request) is not null)
        {
            return;
        }

        throw Forbidden(identity.User, request, Refusal(identity));
    }

    /// <summary>403, worded as by an API server.</summary>
    public static KubeError Forbidden(string user, AccessRequest request, string refusal)
    {
        var because = refusal.Length > 0 ? $": {refusal}" : "";
        if (request.IsPath)
        {
            return new KubeError(
                403,
                "Forbidden",
                $"forbidden: User \"{user}\" cannot {request.Verb} path \"{request.Path}\"{because}",
                []
            );
        }

        var plural = request.Resource.Split('/')[0];
        var what =
            $"{plural}{(request.Group.Length > 0 ? $".{request.Group}" : "")}{(request.Name.Length > 0 ? $" \"{request.Name}\"" : "")}";
        var where = request.Namespace.Length > 0 ? $"in the namespace \"{request.Namespace}\"" : "at the cluster scope";
        var details = new JsonObject();
        if (request.Name.Length > 0)
        {
            details["name"] = request.Name;
        }

        if (request.Group.Length > 0)
        {
            details["group"] = request.Group;
        }

        details["kind"] = plural;
        return new KubeError(
            403,
            "Forbidden",
            $"{what} is forbidden: User \"{user}\" cannot {request.Verb} resource \"{request.Resource}\" in API group "
                + $"\"{request.Group}\" {where}{because}",
            details
        );
    }
}
