using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>Writes of controllers: a whole status, or one field.</summary>
internal static class StatusWriter
{
    private const string Manager = "kube-controller-manager";

    /// <summary>Null fields are left out. An equal status is not written.</summary>
    public static void SetStatus(this ObjectWriter writer, ResourceType type, JsonObject body, JsonObject status)
    {
        foreach (var empty in status.Where(pair => pair.Value is null).Select(pair => pair.Key).ToArray())
        {
            status.Remove(empty);
        }

        if (!JsonNode.DeepEquals(body["status"], status))
        {
            writer.Change(type, body, live => live["status"] = status, "status");
        }
    }

    public static JsonObject Change(
        this ObjectWriter writer,
        ResourceType type,
        JsonObject body,
        Action<JsonObject> change,
        string subresource = ""
    ) =>
        writer
            .Update(
                type,
                body.Namespace(),
                body.Name(),
                live =>
                {
                    change(live);
                    return live;
                },
                new WriteOptions(type.Versions[0], Manager, subresource)
            )
            .Object;

    /// <summary>A condition that keeps its times while its status and reason stay.</summary>
    public static JsonObject Condition(
        this ObjectWriter writer,
        JsonObject about,
        string type,
        bool holds,
        string reason,
        string message,
        DateTimeOffset now
    )
    {
        var known = about.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);
        var status = holds ? "True" : "False";
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["lastTransitionTime"] =
                known.Text("status") == status && known.Text("reason") == reason ? known.Text("lastTransitionTime") : writer.Times.At(now),
        };
    }
}
