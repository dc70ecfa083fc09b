using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>
/// The rules of a cluster's load balancer, as Azure's cloud provider writes them: one for each port of a Service with a public address.
/// Their probes are not simulated.
/// </summary>
internal static class LoadBalancerRules
{
    /// <summary>The pool of all nodes.</summary>
    public const string Backends = "kubernetes";

    private const string Annotation = "service.beta.kubernetes.io/azure-";
    private const int DefaultIdleMinutes = 4;

    /// <summary>The name of a Service at the load balancer, of which its frontend and rules are named.</summary>
    public static string NameOf(JsonObject service) => $"a{service.Uid().Replace("-", "", StringComparison.Ordinal)}"[..32];

    /// <summary>The public addresses of a Service, one of each family.</summary>
    public static IEnumerable<string> Addresses(JsonObject service) =>
        service.Strings("metadata", "annotations").GetValueOrDefault(Annotation + "load-balancer-internal") == "true"
            ? []
            : service.Items("status", "loadBalancer", "ingress").Select(ingress => ingress.Text("ip")).OfType<string>();

    /// <param name="balancer">The id of the load balancer.</param>
    /// <param name="frontend">The name of the frontend with the Service's address.</param>
    /// <param name="address">The Service's address. Names of IPv6 have a suffix (cloud-provider-azure).</param>
    public static IEnumerable<JsonObject> Of(JsonObject service, string balancer, string frontend, string address)
    {
        var suffix = address.Contains(':', StringComparison.Ordinal) ? "-IPv6" : "";
        var annotations = service.Strings("metadata", "annotations");
        var isFloating = annotations.GetValueOrDefault(Annotation + "disable-load-balancer-floating-ip") != "true";
        var idle = int.TryParse(
            annotations.GetValueOrDefault(Annotation + "load-balancer-tcp-idle-timeout"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var minutes
        )
            ? minutes
            : DefaultIdleMinutes;
        foreach (var port in service.Items("spec", "ports"))
        {
            var protocol = (port.Text("protocol") ?? "TCP").ToUpperInvariant();
            var name = $"{NameOf(service)}-{protocol}-{port["port"]}{suffix}";
            yield return new JsonObject
            {
                ["name"] = name,
                ["id"] = $"{balancer}/loadBalancingRules/{name}",
                ["type"] = "Microsoft.Network/loadBalancers/loadBalancingRules",
                ["properties"] = new JsonObject
                {
                    ["provisioningState"] = "Succeeded",
                    ["frontendIPConfiguration"] = new JsonObject { ["id"] = $"{balancer}/frontendIPConfigurations/{frontend}" },
                    ["frontendPort"] = port["port"]?.DeepClone(),
                    ["backendPort"] = port[isFloating ? "port" : "nodePort"]?.DeepClone(),
                    ["enableFloatingIP"] = isFloating,
                    ["idleTimeoutInMinutes"] = idle,
                    ["protocol"] = protocol == "UDP" ? "Udp" : "Tcp",
                    ["enableTcpReset"] = protocol == "TCP",
                    ["loadDistribution"] = service.Text("spec", "sessionAffinity") == "ClientIP" ? "SourceIP" : "Default",
                    ["disableOutboundSnat"] = true,
                    ["backendAddressPool"] = new JsonObject { ["id"] = $"{balancer}/backendAddressPools/{Backends}{suffix}" },
                },
            };
        }
    }
}
