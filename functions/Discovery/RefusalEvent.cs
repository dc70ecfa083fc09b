using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Discovery;

/// <summary>
/// An Event about a refused annotation, in the form of <c>events.k8s.io/v1</c>. The same refusal of a Service has the same name, so an
/// Event that MeshPort repeats after a crash is not a second one.
/// </summary>
internal static class RefusalEvent
{
    /// <summary>The bytes of a <c>note</c> (Kubernetes API reference, Event v1 events.k8s.io).</summary>
    private const int LongestNote = 1024;

    public static JsonObject Of(JsonObject service, AnswerLine refusal, string installation, DateTimeOffset now)
    {
        var note = refusal.Message ?? "";
        var hash = ShortHash.Of($"{service.Uid()}|{refusal.Reason}|{note}", 16);
        return new JsonObject
        {
            ["apiVersion"] = "events.k8s.io/v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = $"{service.Name()}.{hash}", ["namespace"] = service.Namespace() },
            ["eventTime"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["type"] = "Warning",
            ["action"] = "Expose",
            ["reason"] = refusal.Reason,
            ["note"] = Encoding.UTF8.GetByteCount(note) <= LongestNote ? note : $"{note[..(LongestNote / 4)]}...", // at most 4 bytes each
            ["reportingController"] = "meshport.io/discovery",
            ["reportingInstance"] = installation,
            ["regarding"] = new JsonObject
            {
                ["apiVersion"] = ObjectKind.Service.ApiVersion,
                ["kind"] = ObjectKind.Service.Name,
                ["name"] = service.Name(),
                ["namespace"] = service.Namespace(),
                ["uid"] = service.Uid(),
                ["resourceVersion"] = service.ResourceVersion(),
            },
        };
    }
}
