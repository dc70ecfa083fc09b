using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Discovery;

/// <summary>One line of MeshPort's answer to a Service.</summary>
/// <param name="Port">The port of the gateway; null for the Service as a whole.</param>
/// <param name="Address">Address and port for clients, when the exposure is ready.</param>
/// <param name="Hostname">The DNS name of the address, if it has one.</param>
/// <param name="Reason">A reason of conditions, or one of <see cref="RefusalReasons"/>.</param>
internal sealed record AnswerLine(
    int? Port,
    AnswerState State,
    string? Address = null,
    string? Hostname = null,
    string? Reason = null,
    string? Message = null
);

[JsonConverter(typeof(JsonStringEnumConverter<AnswerState>))]
internal enum AnswerState
{
    Ready,
    Pending,
    NotReady,
    Refused,
}

/// <summary>Why an annotation is refused (docs/discovery.md).</summary>
internal static class RefusalReasons
{
    public const string InvalidAnnotation = nameof(InvalidAnnotation);
    public const string NamespaceNotAllowed = nameof(NamespaceNotAllowed);
    public const string PortNotAllowed = nameof(PortNotAllowed);
    public const string GatewayNotAllowed = nameof(GatewayNotAllowed);
    public const string NotExposable = nameof(NotExposable);
    public const string PortTaken = nameof(PortTaken);
    public const string NameTaken = nameof(NameTaken);
    public const string BudgetExceeded = nameof(BudgetExceeded);
}

/// <summary>The answer in the annotation of a Service, a JSON list.</summary>
internal static class ServiceAnswer
{
    /// <summary>The bytes of all annotations of an object, with their names (apimachinery: ValidateAnnotations).</summary>
    private const int MostBytes = 256 * 1024;

    /// <param name="room">Bytes. An answer that does not fit has no messages, since the API server would refuse it at every look.</param>
    public static string Write(IReadOnlyList<AnswerLine> lines, int room)
    {
        var text = MeshPortJson.Write(lines);
        return Encoding.UTF8.GetByteCount(text) <= room ? text : MeshPortJson.Write(lines.Select(line => line with { Message = null }));
    }

    /// <returns>The bytes that the other annotations of a Service leave to the answer.</returns>
    public static int Room(JsonObject service) =>
        MostBytes
        - Encoding.UTF8.GetByteCount(ServiceAnnotations.Status)
        - (service.Annotations() ?? [])
            .Where(one => one.Key != ServiceAnnotations.Status)
            .Sum(one => Encoding.UTF8.GetByteCount(one.Key) + Encoding.UTF8.GetByteCount(one.Value?.ToString() ?? ""));

    /// <returns>Refusals that the last answer did not have, one for each reason: a Service can ask for many ports.</returns>
    public static IEnumerable<AnswerLine> NewRefusals(IEnumerable<AnswerLine> lines, IEnumerable<AnswerLine> last) =>
        lines
            .Where(line => line.State == AnswerState.Refused)
            .Except(last)
            .GroupBy(line => line.Reason, StringComparer.Ordinal)
            .Select(group =>
                group.Skip(1).Any()
                    ? group.First() with
                    {
                        Message = $"{group.First().Message} The same reason refuses {Counted.Of(group.Count() - 1, "more port")}.",
                    }
                    : group.First()
            );

    /// <returns>The last answer; empty without one that MeshPort can read.</returns>
    public static IReadOnlyList<AnswerLine> Read(JsonObject service)
    {
        try
        {
            return service.Annotation(ServiceAnnotations.Status) is { } text ? MeshPortJson.Read<List<AnswerLine>>(text) : [];
        }
        catch (JsonException)
        {
            return []; // somebody has edited it
        }
    }

    /// <summary>Whether the installation has set the annotation. Only then can it remove the annotation.</summary>
    public static bool IsOurs(JsonObject service, string installation) =>
        service
            .ManagedFields()
            .Any(entry =>
                entry["manager"]?.GetValue<string>() == KubernetesApi.AnswerManager(installation)
                && (entry["fieldsV1"]?["f:metadata"]?["f:annotations"] as JsonObject)?.ContainsKey($"f:{ServiceAnnotations.Status}") == true
            );
}
