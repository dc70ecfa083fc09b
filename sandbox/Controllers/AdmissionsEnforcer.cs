using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// AKS keeps admission webhooks away from its own namespaces: it adds two requirements to their namespace selector, except with the label
/// or annotation <c>admissions.enforcer/disabled</c> (https://learn.microsoft.com/azure/aks/faq; its field manager: aws-observability's
/// helm-charts pull request 350).
/// </summary>
internal sealed class AdmissionsEnforcer(ObjectStore store, ObjectWriter writer) : IController
{
    private const string Switch = "admissions.enforcer/disabled";
    private static readonly WriteOptions Options = new("v1", "admissionsenforcer");
    private static readonly (string Key, string Value)[] Requirements =
    [
        ("control-plane", "true"),
        ("kubernetes.azure.com/managedby", "aks"),
    ];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var type in new[] { ResourceCatalog.MutatingWebhook, ResourceCatalog.ValidatingWebhook })
        {
            foreach (var item in store.List(type).Where(item => !IsOff(item) && item.Items("webhooks").Any(hook => Missing(hook).Any())))
            {
                writer.Update(type, "", item.Name(), Exempt, Options);
            }
        }

        return null;
    }

    private static bool IsOff(JsonObject item) =>
        item.Text("metadata", "labels", Switch) == "true" || item.Text("metadata", "annotations", Switch) == "true";

    private static JsonObject Exempt(JsonObject item)
    {
        foreach (var hook in item.Items("webhooks").OfType<JsonObject>())
        {
            var selector = hook.Child("namespaceSelector");
            selector["matchExpressions"] = new JsonArray([
                .. selector.Items("matchExpressions").Select(expression => expression.DeepClone()),
                .. Missing(hook)
                    .Select(requirement => new JsonObject
                    {
                        ["key"] = requirement.Key,
                        ["operator"] = "NotIn",
                        ["values"] = new JsonArray(requirement.Value),
                    }),
            ]);
        }

        return item;
    }

    private static IEnumerable<(string Key, string Value)> Missing(JsonNode hook) =>
        Requirements.Where(requirement =>
            !hook.Items("namespaceSelector", "matchExpressions")
                .Any(expression =>
                    expression.Text("key") == requirement.Key
                    && expression.Text("operator") == "NotIn"
                    && expression.Items("values").Any(value => value.ToString() == requirement.Value)
                )
        );
}
