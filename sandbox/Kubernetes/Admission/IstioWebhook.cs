using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>What istiod's validating webhook refuses beyond the CRD schema (istio/istio, pkg/config/validation).</summary>
internal static class IstioWebhook
{
    private static readonly string[] Protocols = ["HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "MONGO", "TCP", "TLS", "MYSQL", "REDIS", "UDP"];

    public static void Check(ResourceType type, JsonObject body)
    {
        var problems = (type == ResourceCatalog.Gateway ? Gateway(body) : type == ResourceCatalog.VirtualService ? VirtualService(body) : []).ToArray();
        if (problems.Length > 0)
        {
            var text = problems.Length == 1 ? problems[0] : $"{problems.Length} errors occurred:\n{string.Concat(problems.Select(problem => $"\t* {problem}\n"))}\n";
            throw KubeError.BadRequest($"admission webhook \"validation.istio.io\" denied the request: configuration is invalid: {text}");
        }
    }

    private static IEnumerable<string> Gateway(JsonObject body)
    {
        var servers = body.Items("spec", "servers").ToArray();
        if (servers.Length == 0)
        {
            yield return "gateway must have at least one server";
        }

        var names = new HashSet<string>();
        foreach (var server in servers)
        {
            var number = server.Number("port", "number") ?? 0;
            if (number is < 1 or > 65535)
            {
                yield return $"port number {number} must be in the range 1..65535";
            }

            if (!Protocols.Contains(server.Text("port", "protocol")?.ToUpperInvariant()))
            {
                yield return $"invalid protocol \"{server.Text("port", "protocol")}\", supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP";
            }

            if (server.Text("port", "name") is not { Length: > 0 } name)
            {
                yield return "port name must be set: {\"port\"}";
            }
            else if (!names.Add(name))
            {
                yield return $"port names in servers must be unique: duplicate name {name}";
            }

            if (!server.Items("hosts").Any())
            {
                yield return "server config must contain at least one host";
            }
        }
    }

    private static IEnumerable<string> VirtualService(JsonObject body)
    {
        if (!body.Items("spec", "hosts").Any())
        {
            yield return "virtual service must have at least one host";
        }

        var routes = body.Items("spec", "tcp").Concat(body.Items("spec", "tls")).ToArray();
        if (routes.Length == 0 && !body.Items("spec", "http").Any())
        {
            yield return "http, tcp or tls must be provided in virtual service";
        }

        foreach (var route in routes)
        {
            var destinations = route.Items("route").ToArray();
            if (destinations.Length == 0)
            {
                yield return "TCP route is required";
            }

            foreach (var port in route.Items("match").Select(match => match.Number("port")).Concat(destinations.Select(entry => entry.Number("destination", "port", "number"))).OfType<long>().Where(port => port is < 1 or > 65535))
            {
                yield return $"port number {port} must be in the range 1..65535";
            }

            if (destinations.Length > 1 && destinations.Sum(entry => entry.Number("weight") ?? 0) == 0)
            {
                yield return "total destination weight = 0";
            }
        }
    }
}
