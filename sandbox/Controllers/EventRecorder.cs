using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Writes Events. Repeats of an event about the same object increase its count (kubernetes/client-go, tools/record, EventCorrelator).
/// Events expire after an hour, the API server's default.
/// </summary>
internal sealed class EventRecorder(ObjectStore store, ObjectWriter writer)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, DateTimeOffset> _swept = [];

    public void Normal(ResourceType type, JsonObject about, string source, string reason, string message, DateTimeOffset now) =>
        Record(type, about, source, "Normal", reason, message, now);

    public void Warning(ResourceType type, JsonObject about, string source, string reason, string message, DateTimeOffset now) =>
        Record(type, about, source, "Warning", reason, message, now);

    private void Record(ResourceType type, JsonObject about, string source, string level, string reason, string message, DateTimeOffset now)
    {
        if (level == "Normal" && about.Namespace() == SystemObjects.Home)
        {
            return; // in a real cluster they have expired; here they would be most of a new cluster's objects
        }

        var home = about.Namespace().Length > 0 ? about.Namespace() : "default";
        var options = new WriteOptions("v1", source);
        var at = writer.Times.At(now);
        lock (store.WriteLock)
        {
            if (store.Get(ResourceCatalog.Namespace, "", home) is not { } space || space.Text("metadata", "deletionTimestamp") is not null)
            {
                return;
            }

            Forget(home, now);
            var name = $"{about.Name()}.{Hash(about.Uid(), reason, message)}";
            if (store.Get(ResourceCatalog.Event, home, name) is not null)
            {
                writer.Update(ResourceCatalog.Event, home, name, live => Again(live, at), options);
                return;
            }

            writer.Create(ResourceCatalog.Event, Body(type, about, home, name, source, level, reason, message, at), options);
        }
    }

    private static JsonObject Again(JsonObject live, string at)
    {
        live["count"] = (live.Number("count") ?? 1) + 1;
        live["lastTimestamp"] = at;
        return live;
    }

    private static JsonObject Body(
        ResourceType type,
        JsonObject about,
        string home,
        string name,
        string source,
        string level,
        string reason,
        string message,
        string at
    ) =>
        new()
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = home },
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = type.StoredApiVersion,
                ["kind"] = type.Kind,
                ["name"] = about.Name(),
                ["namespace"] = about.Namespace(),
                ["uid"] = about.Uid(),
                ["resourceVersion"] = about.Text("metadata", "resourceVersion"),
            },
            ["type"] = level,
            ["reason"] = reason,
            ["message"] = message,
            ["count"] = 1,
            ["firstTimestamp"] = at,
            ["lastTimestamp"] = at,
            ["source"] = new JsonObject { ["component"] = source },
            ["reportingComponent"] = source,
            ["reportingInstance"] = "",
        };

    private void Forget(string home, DateTimeOffset now)
    {
        if (_swept.TryGetValue(home, out var last) && now - last < Between)
        {
            return;
        }

        _swept[home] = now;
        var oldest = writer.Times.At(now - Kept);
        foreach (
            var old in store
                .List(ResourceCatalog.Event, home)
                .Where(item =>
                    (item.Text("lastTimestamp") ?? item.Text("eventTime")) is { } last && string.CompareOrdinal(last, oldest) < 0
                )
        )
        {
            writer.Delete(ResourceCatalog.Event, home, old.Name());
        }
    }

    /// <summary>One name for one event about one object. The hash is as long as the timestamp at the end of a real name.</summary>
    private static string Hash(params string[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', parts))))[..16];
}
