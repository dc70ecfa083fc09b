using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshPort.Json;
using MeshPort.Kubernetes;

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
    public static string Write(IReadOnlyList<AnswerLine> lines) => MeshPortJson.Write(lines);

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
