using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>What callers may ask about themselves (<c>kubectl auth can-i</c>, <c>kubectl auth whoami</c>). Whoever is authenticated may do everything here.</summary>
internal static class SelfReviews
{
    public static JsonObject? Answer(string path, string method, KubeIdentity identity) => (method, path) switch
    {
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") => Review("authorization.k8s.io/v1", "SelfSubjectAccessReview", new JsonObject { ["allowed"] = true }),
        ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews") => Review("authentication.k8s.io/v1", "SelfSubjectReview", new JsonObject
        {
            ["userInfo"] = new JsonObject { ["username"] = identity.User, ["groups"] = new JsonArray([.. identity.Groups.Select(group => JsonValue.Create(group))]) },
        }),
        _ => null,
    };

    private static JsonObject Review(string apiVersion, string kind, JsonObject status) =>
        new() { ["kind"] = kind, ["apiVersion"] = apiVersion, ["metadata"] = new JsonObject(), ["spec"] = new JsonObject(), ["status"] = status };
}
