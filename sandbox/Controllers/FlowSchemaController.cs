using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Tells whether the priority level of each flow schema exists.</summary>
internal sealed class FlowSchemaController(ObjectStore store, ObjectWriter writer) : IController
{
    private static readonly WriteOptions Options = new("v1", "api-priority-and-fairness-config-consumer-v1", "status");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var schema in store.List(ResourceCatalog.FlowSchema))
        {
            var level = schema.Text("spec", "priorityLevelConfiguration", "name") ?? "";
            var exists = store.Has(ResourceCatalog.PriorityLevel, "", level);
            var known = schema.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == "Dangling");
            if (known.Text("status") != (exists ? "False" : "True"))
            {
                writer.Update(ResourceCatalog.FlowSchema, "", schema.Name(), body => With(body, level, exists, now), Options);
            }
        }

        return null;
    }

    private JsonObject With(JsonObject schema, string level, bool exists, DateTimeOffset now)
    {
        schema.Child("status")["conditions"] = new JsonArray(
            new JsonObject
            {
                ["type"] = "Dangling",
                ["status"] = exists ? "False" : "True",
                ["lastTransitionTime"] = writer.Times.At(now),
                ["reason"] = exists ? "Found" : "NotFound",
                ["message"] =
                    $"This FlowSchema references the PriorityLevelConfiguration object named \"{level}\" "
                    + (exists ? "and it exists" : "but there is no such object"),
            }
        );
        return schema;
    }
}
