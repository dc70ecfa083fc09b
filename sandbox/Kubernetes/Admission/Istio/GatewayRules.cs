using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>istiod's validation of a Gateway.</summary>
internal static class GatewayRules
{
    private const string UnixPrefix = "unix://";
    private static readonly string[] Http = ["HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"];
    private static readonly string[] Tls = ["HTTPS", "TLS"];
    private static readonly string[] Others = ["TCP", "UDP", "MONGO", "REDIS", "MYSQL", "HBONE"];

    public static IEnumerable<string> Problems(JsonObject gateway)
    {
        var servers = gateway.Items("spec", "servers").ToArray();
        if (servers.Length == 0)
        {
            yield return "gateway must have at least one server";
        }

        foreach (var problem in servers.SelectMany(Server))
        {
            yield return problem;
        }

        var names = new HashSet<string>();
        foreach (var name in servers.Select(server => server.Text("port", "name") ?? "").Where(name => !names.Add(name)))
        {
            yield return $"port names in servers must be unique: duplicate name {name}";
        }
    }

    private static IEnumerable<string> Server(JsonNode server)
    {
        var hosts = server.Items("hosts").Select(host => host.ToString()).ToArray();
        var ports = Port(server).ToArray();
        return
        [
            .. hosts.Length == 0 ? ["server config must contain at least one host"] : hosts.SelectMany(IstioHosts.OfServer),
            .. ports,
            .. TlsOptions(server["tls"]),
            .. ports.Length == 0 ? TlsPresence(server) : [],
        ];
    }

    private static IEnumerable<string> Port(JsonNode server)
    {
        var port = server["port"];
        var protocol = port.Text("protocol") ?? "";
        var number = port.Number("number") ?? 0;
        if (!Http.Concat(Tls).Concat(Others).Contains(protocol.ToUpperInvariant()))
        {
            yield return $"invalid protocol \"{protocol}\", supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP";
        }

        if (number > 0 || server.Text("bind")?.StartsWith(UnixPrefix, StringComparison.Ordinal) != true)
        {
            foreach (var problem in IstioHosts.Port(number))
            {
                yield return problem;
            }
        }

        if (port.Number("targetPort") > 0)
        {
            yield return "targetPort has no impact on Gateways";
        }

        if (port.Text("name") is null or "")
        {
            yield return $"port name must be set: number:{number} protocol:\"{protocol}\"";
        }
    }

    private static IEnumerable<string> TlsPresence(JsonNode server)
    {
        var protocol = server.Text("port", "protocol")?.ToUpperInvariant();
        var tls = server["tls"];
        if (Tls.Contains(protocol))
        {
            return tls is null ? ["server must have TLS settings for HTTPS/TLS protocols"] : [];
        }

        return tls is null ? []
            : !Http.Contains(protocol) ? ["server cannot have TLS settings for non HTTPS/TLS ports"]
            : Mode(tls) is not ("PASSTHROUGH" or "AUTO_PASSTHROUGH") || HasAny(tls, "caCertificates", "privateKey", "serverCertificate")
                ? ["server cannot have TLS settings for plain text HTTP ports"]
            : [];
    }

    private static IEnumerable<string> TlsOptions(JsonNode? tls) =>
        Mode(tls) switch
        {
            _ when tls is null => [],
            "ISTIO_MUTUAL" => MeshCertificates(tls),
            "SIMPLE" =>
            [
                .. OneSource(tls),
                .. HasCredential(tls) ? [] : ServerCertificates(tls, "SIMPLE TLS"),
                .. tls.Text("caCrl") is { Length: > 0 } && !HasCredential(tls)
                    ? ["CRL is not supported with SIMPLE TLS"]
                    : Array.Empty<string>(),
            ],
            "MUTUAL" or "OPTIONAL_MUTUAL" =>
            [
                .. OneSource(tls),
                .. HasCredential(tls) || HasAny(tls, "caCertificates") ? [] : new[] { "MUTUAL TLS requires a client CA bundle" },
                .. HasCredential(tls) ? [] : ServerCertificates(tls, "MUTUAL TLS"),
            ],
            _ => OneSource(tls),
        };

    private static IEnumerable<string> MeshCertificates(JsonNode tls) =>
        new[]
        {
            ("serverCertificate", "server certificate"),
            ("privateKey", "private key"),
            ("caCertificates", "CA bundle"),
            ("tlsCertificates", "tlsCertificates"),
            ("credentialName", "credentialName"),
            ("credentialNames", "credentialNames"),
        }
            .Where(field => HasAny(tls, field.Item1))
            .Select(field => $"ISTIO_MUTUAL TLS cannot have associated {field.Item2}");

    private static IEnumerable<string> OneSource(JsonNode tls) =>
        new[]
        {
            HasAny(tls, "serverCertificate") && HasAny(tls, "privateKey"),
            HasAny(tls, "credentialName"),
            HasAny(tls, "credentialNames"),
            HasAny(tls, "tlsCertificates"),
        }.Count(given => given) > 1
            ? ["only one of credential_name, credential_names, server_certificate/private_key, tls_certificates should be specified"]
            : [];

    private static IEnumerable<string> ServerCertificates(JsonNode tls, string mode) =>
        (HasAny(tls, "tlsCertificates") ? tls.Items("tlsCertificates") : [tls])
            .SelectMany(certificate =>
                new[]
                {
                    HasAny(certificate, "serverCertificate") ? null : $"{mode} requires a server certificate",
                    HasAny(certificate, "privateKey") ? null : $"{mode} requires a private key",
                }
            )
            .OfType<string>();

    private static bool HasCredential(JsonNode tls) => HasAny(tls, "credentialName", "credentialNames");

    private static string Mode(JsonNode? tls) => tls.Text("mode") ?? "PASSTHROUGH";

    private static bool HasAny(JsonNode tls, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (tls.Text(field) is { Length: > 0 } || tls.Items(field).Any())
            {
                return true;
            }
        }

        return false;
    }
}
