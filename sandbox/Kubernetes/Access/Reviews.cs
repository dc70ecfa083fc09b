using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.Kubernetes.Server.Discovery;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>
/// Review requests about identity and rights (<c>kubectl auth can-i</c>, <c>kubectl auth whoami</c>). The server answers them and stores
/// nothing.
/// </summary>
internal sealed class Reviews(Authorizer authorizer, Func<string, KubeIdentity?> ofToken)
{
    /// <summary>The request behind a review's path. Null for any other path.</summary>
    public static AccessRequest? Parse(string path, string method)
    {
        var (group, home, plural) = path.Trim('/').Split('/') switch
        {
            ["apis", var named, "v1", var resource] => (named, "", resource),
            ["apis", var named, "v1", "namespaces", var space, var resource] => (named, space, resource),
            _ => ("", "", ""),
        };
        return
            method == "POST"
            && ApiResource.Reviews.Any(review =>
                review.Group == group && review.Resource.Plural == plural && review.Resource.Namespaced == (home.Length > 0)
            )
            ? new AccessRequest("create", group, plural, home, "")
            : null;
    }

    public JsonObject Answer(AccessRequest review, KubeIdentity caller, JsonObject body)
    {
        var spec = body["spec"] as JsonObject ?? [];
        var status = review.Resource switch
        {
            "selfsubjectaccessreviews" => Decision(caller, spec),
            "subjectaccessreviews" or "localsubjectaccessreviews" => Decision(
                new KubeIdentity(spec.Text("user") ?? "", [.. spec.Items("groups").Select(group => group.ToString())]),
                spec
            ),
            "selfsubjectrulesreviews" => Rules(caller, spec.Text("namespace") ?? ""),
            "tokenreviews" => ofToken(spec.Text("token") ?? "") is { } found
                ? new JsonObject { ["authenticated"] = true, ["user"] = User(found) }
                : new JsonObject { ["user"] = new JsonObject() },
            _ => new JsonObject { ["userInfo"] = User(caller) },
        };
        return new JsonObject
        {
            ["kind"] = ApiResource.Reviews.First(known => known.Resource.Plural == review.Resource).Resource.Kind,
            ["apiVersion"] = $"{review.Group}/v1",
            ["metadata"] = new JsonObject { ["creationTimestamp"] = null },
            ["spec"] = spec.DeepClone(),
            ["status"] = status,
        };
    }

    private JsonObject Decision(KubeIdentity identity, JsonObject spec)
    {
        var asked = spec.At("resourceAttributes");
        var request = asked is null
            ? AccessRequest.OfPath(spec.Text("nonResourceAttributes", "verb") ?? "", spec.Text("nonResourceAttributes", "path") ?? "/")
            : new AccessRequest(
                asked.Text("verb") ?? "",
                asked.Text("group") ?? "",
                asked.Text("subresource") is { Length: > 0 } inside ? $"{asked.Text("resource")}/{inside}" : asked.Text("resource") ?? "",
                asked.Text("namespace") ?? "",
                asked.Text("name") ?? ""
            );
        var reason = authorizer.Allows(identity, request);
        var decision = new JsonObject { ["allowed"] = reason is not null };
        if ((reason ?? authorizer.Refusal(identity)) is { Length: > 0 } because)
        {
            decision["reason"] = because;
        }

        return decision;
    }

    private JsonObject Rules(KubeIdentity identity, string @namespace)
    {
        var rules = authorizer.Rules(identity, @namespace).ToArray();
        return new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(rule => rule.Items("apiGroups").Any()).Select(rule => rule.DeepClone())]),
            ["nonResourceRules"] = new JsonArray([
                .. rules.Where(rule => rule.Items("nonResourceURLs").Any()).Select(rule => rule.DeepClone()),
            ]),
            ["incomplete"] = false,
        };
    }

    private static JsonObject User(KubeIdentity identity)
    {
        var user = new JsonObject { ["username"] = identity.User };
        if (identity.Uid.Length > 0)
        {
            user["uid"] = identity.Uid;
        }

        user["groups"] = GroupDocuments.Texts(identity.Groups);
        return user;
    }
}
