using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>Decides by the roles and bindings in the store. <c>system:masters</c> has all rights.</summary>
internal sealed class RbacAuthorizer(ObjectStore store)
{
    public const string Masters = "system:masters";
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    /// <returns>
    /// The reason for the permission, worded as by an API server; empty for <c>system:masters</c>. Null when nothing allows the request.
    /// </returns>
    public string? Allows(KubeIdentity identity, AccessRequest request) =>
        identity.Groups.Contains(Masters)
            ? ""
            : Bindings(identity, request.Namespace)
                .Where(bound => Rules(bound.Binding).Any(rule => PolicyRule.Covers(rule, request)))
                .Select(bound => Reason(bound.Binding, bound.Subject))
                .FirstOrDefault();

    /// <summary>All rules that apply to an identity in a namespace.</summary>
    public IEnumerable<JsonNode> Rules(KubeIdentity identity, string @namespace) =>
        identity.Groups.Contains(Masters)
            ? store.Get(ResourceCatalog.ClusterRole, "", DefaultRoles.ClusterAdmin).Items("rules")
            : Bindings(identity, @namespace).SelectMany(bound => Rules(bound.Binding));

    private IEnumerable<(JsonObject Binding, JsonNode Subject)> Bindings(KubeIdentity identity, string @namespace) =>
        from binding in store
            .List(ResourceCatalog.ClusterRoleBinding)
            .Concat(@namespace.Length > 0 ? store.List(ResourceCatalog.RoleBinding, @namespace) : [])
        let subject = binding.Items("subjects").FirstOrDefault(subject => IsOf(subject, identity, binding.Namespace()))
        where subject is not null
        select (binding, subject);

    private static bool IsOf(JsonNode subject, KubeIdentity identity, string home) =>
        subject.Text("kind") switch
        {
            "User" => subject.Text("name") == identity.User,
            "Group" => identity.Groups.Contains(subject.Text("name")),
            "ServiceAccount" => $"{ServiceAccountPrefix}{subject.Text("namespace") ?? home}:{subject.Text("name")}" == identity.User,
            _ => false,
        };

    private IEnumerable<JsonNode> Rules(JsonObject binding) =>
        binding.Text("roleRef", "kind") == ResourceCatalog.Role.Kind
            ? store.Get(ResourceCatalog.Role, binding.Namespace(), binding.Text("roleRef", "name") ?? "").Items("rules")
            : store.Get(ResourceCatalog.ClusterRole, "", binding.Text("roleRef", "name") ?? "").Items("rules");

    private static string Reason(JsonObject binding, JsonNode subject)
    {
        var (kind, name) =
            binding.Namespace().Length > 0
                ? ("RoleBinding", $"{binding.Name()}/{binding.Namespace()}")
                : ("ClusterRoleBinding", binding.Name());
        var who = subject.Text("kind") == "ServiceAccount" ? $"{subject.Text("name")}/{subject.Text("namespace")}" : subject.Text("name");
        return $"RBAC: allowed by {kind} \"{name}\" of {binding.Text("roleRef", "kind")} \"{binding.Text("roleRef", "name")}\" to "
            + $"{subject.Text("kind")} \"{who}\"";
    }
}
