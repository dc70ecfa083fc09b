using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>Maintains the default roles and bindings, and the rules of aggregated roles.</summary>
internal sealed class DefaultAccess(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    private const string AdminGroupsBinding = "aks-cluster-admin-binding-aad";
    private static readonly WriteOptions Options = new("v1", "kube-apiserver");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (
            var (name, rules) in DefaultRoles.ClusterRoles.Where(role => store.Get(ResourceCatalog.ClusterRole, "", role.Name) is null)
        )
        {
            writer.Create(
                ResourceCatalog.ClusterRole,
                Labelled(name, "rules", new JsonArray([.. rules.Select(rule => rule.DeepClone())])),
                Options
            );
        }

        var wanted = DefaultRoles.Bindings(shape().AdminGroups).ToArray();
        foreach (var (name, role, subjects) in wanted)
        {
            Bind(name, role, subjects);
        }

        if (wanted.All(binding => binding.Name != AdminGroupsBinding))
        {
            writer.Delete(ResourceCatalog.ClusterRoleBinding, "", AdminGroupsBinding);
        }

        foreach (var role in store.List(ResourceCatalog.ClusterRole).Where(role => role.At("aggregationRule") is not null))
        {
            Aggregate(role);
        }

        return null;
    }

    private void Bind(string name, string role, JsonArray subjects)
    {
        if (store.Get(ResourceCatalog.ClusterRoleBinding, "", name) is not { } known)
        {
            var binding = Labelled(name, "subjects", subjects);
            binding["roleRef"] = new JsonObject
            {
                ["apiGroup"] = ResourceCatalog.ClusterRole.Group,
                ["kind"] = ResourceCatalog.ClusterRole.Kind,
                ["name"] = role,
            };
            writer.Create(ResourceCatalog.ClusterRoleBinding, binding, Options);
        }
        else if (name == AdminGroupsBinding && !JsonNode.DeepEquals(known["subjects"], subjects))
        {
            Set(ResourceCatalog.ClusterRoleBinding, name, "subjects", subjects);
        }
    }

    private void Aggregate(JsonObject role)
    {
        var selectors = role.Items("aggregationRule", "clusterRoleSelectors").Select(selector => selector.Strings("matchLabels")).ToArray();
        var rules = new JsonArray([
            .. store
                .List(ResourceCatalog.ClusterRole)
                .Where(part =>
                    part.Name() != role.Name() && selectors.Any(selector => selector.Matches(part.Strings("metadata", "labels")))
                )
                .SelectMany(part => part.Items("rules"))
                .Select(rule => rule.DeepClone()),
        ]);
        if (!JsonNode.DeepEquals(role["rules"] ?? new JsonArray(), rules))
        {
            Set(ResourceCatalog.ClusterRole, role.Name(), "rules", rules);
        }
    }

    private void Set(ResourceType type, string name, string field, JsonNode value) =>
        writer.Update(
            type,
            "",
            name,
            body =>
            {
                body[field] = value;
                return body;
            },
            Options
        );

    private static JsonObject Labelled(string name, string field, JsonNode value) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" },
                ["annotations"] = new JsonObject { ["rbac.authorization.kubernetes.io/autoupdate"] = "true" },
            },
            [field] = value,
        };
}
