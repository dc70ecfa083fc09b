using MeshPort.Kubernetes;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Api;

/// <summary>
/// The settings that MeshPort tells about. A list says which values it shows; of other settings that it knows, it says whether they are
/// set. It does not mention settings that are on no list. So a new setting is hidden until somebody decides that its value is no secret.
/// </summary>
internal static class ShownSettings
{
    /// <summary>Settings whose values are not secret.</summary>
    public static readonly IReadOnlyList<string> Values =
    [
        "MeshPort:State",
        "MeshPort:DataDirectory",
        "MeshPort:Azure:TenantId",
        "MeshPort:Azure:ClientId",
        "MeshPort:Azure:ResourceManagerAudience",
        "MeshPort:EgressAddresses",
        "MeshPort:PortBudget",
        "MeshPort:Resync:ManagedService",
        "MeshPort:Resync:Other",
        "MeshPort:Access:Audience",
        "MeshPort:Access:TenantId",
        "MeshPort:Access:Events:Audience",
        "MeshPort:Access:Events:Sender",
        "MeshPort:Access:RequestsPerMinute",
        "MeshPort:Access:Reader:Subscriptions",
        "MeshPort:Access:Reader:ResourceGroups",
        "MeshPort:Access:Operator:Subscriptions",
        "MeshPort:Access:Operator:ResourceGroups",
        "MeshPort:Access:Operator:Namespaces",
        "MeshPort:Access:Operator:Ports",
        "MeshPort:Console:ClientId",
        "MeshPort:Console:Scope",
        "MeshPort:Listen",
        "AzureWebJobsStorage:accountName",
        "MeshPortState:accountName",
    ];

    /// <summary>Settings with an address, of which MeshPort shows scheme, host and port. The rest of it may have a password.</summary>
    public static readonly IReadOnlyList<string> Addresses =
    [
        "MeshPort:Azure:ResourceManagerEndpoint",
        "MeshPort:Azure:AuthorityHost",
        "MeshPort:PublicUrl",
        "MeshPortState:tableServiceUri",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];

    /// <summary>Settings that are secret, or may be.</summary>
    public static readonly IReadOnlyList<string> Hidden =
    [
        "AzureWebJobsStorage",
        "MeshPortState",
        "MeshPort:FunctionKey",
        "MeshPort:Azure:ClientSecret",
        "MeshPort:Azure:CertificateAuthority",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ];

    public static IReadOnlyList<ShownSetting> Of(IConfiguration configuration)
    {
        return
        [
            .. Values.Select(name => Setting(name, text => text)),
            .. Addresses.Select(name => Setting(name, Server)),
            .. Hidden.Select(name => Setting(name, _ => null)),
            // Specs have the name. The value is the path of a file.
            .. configuration.GetSection(ClusterConnections.Kubeconfigs).GetChildren().Select(file => Setting(file.Path, _ => null)),
        ];

        ShownSetting Setting(string name, Func<string, string?> show) =>
            configuration[name] is { Length: > 0 } text ? new(name, true, show(text)) : new(name, false, null);
    }

    private static string? Server(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
            : null;
}

/// <param name="Value">Null when the setting is absent or its value is not shown.</param>
internal sealed record ShownSetting(string Name, bool IsSet, string? Value);
