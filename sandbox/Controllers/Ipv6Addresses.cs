using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// The second address of dual-stack Services of type LoadBalancer (cloud-provider-azure, loadbalancer.md: the annotations of IPv6). A
/// machine has one IPv6 loopback address only, so an "IPv6 address" is an own loopback address of IPv4 in its IPv6 form
/// (<c>::ffff:127.20.0.9</c>, RFC 4291, section 2.5.5.2). Clients dial it over IPv6 sockets.
/// </summary>
internal sealed class Ipv6Addresses(PublicAddresses addresses, string clusterId, ILoadBalancerResources resources)
{
    /// <summary>At the end of the names of resources of IPv6 in the node resource group (cloud-provider-azure).</summary>
    public const string Suffix = "-IPv6";

    private const string NameAnnotation = "azure-pip-name-ipv6";
    private const string AddressAnnotation = "azure-load-balancer-ipv6";

    public static bool IsIpv6(string? address) => address?.Contains(':', StringComparison.Ordinal) == true;

    /// <summary>Whether the Service has two families.</summary>
    public static bool IsDualStack(JsonObject service) => service.Items("spec", "ipFamilies").Count() > 1;

    public static string? Of(JsonObject service) => All(service).FirstOrDefault(IsIpv6);

    /// <summary>The addresses in the status of a Service, of both families.</summary>
    public static IEnumerable<string?> All(JsonObject service) =>
        service.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("ip"));

    /// <summary>The field <c>status.loadBalancer</c>.</summary>
    public static JsonObject Status(IReadOnlyCollection<string> all) =>
        all.Count == 0
            ? []
            : new JsonObject
            {
                ["ingress"] = new JsonArray([.. all.Select(address => new JsonObject { ["ip"] = address, ["ipMode"] = "VIP" })]),
            };

    /// <returns>Nulls for a Service without IPv6.</returns>
    public (string? Address, string? Problem) Assign(JsonObject service, IEnumerable<JsonObject> others, JsonObject notes)
    {
        var name = $"{service.Namespace()}/{service.Name()}";
        if (!IsDualStack(service))
        {
            Release(name);
            return default;
        }

        var frontend = LoadBalancerRules.NameOf(service) + Suffix;
        var asked = FrontendRules.Annotation(service, NameAnnotation);
        var number = FrontendRules.Annotation(service, AddressAnnotation);
        if (FrontendRules.IsInternal(service) || (asked is null && number is null))
        {
            var isInternal = FrontendRules.IsInternal(service);
            resources.Use(name + Suffix, frontend, null);
            return (
                addresses
                    .Allocate(Owner(name), isInternal, isInternal ? null : LoadBalancerController.AddressName(service) + Suffix)
                    .MapToIPv6()
                    .ToString(),
                null
            );
        }

        var (id, address, problem) = resources.Find(service, asked, number);
        problem ??=
            address is null ? $"PublicIP from annotation azure-pip-name(-IPv6)={asked ?? number} for service {name} doesn't exist"
            : !IsIpv6(address) ? $"public IP {asked ?? number} is not an IPv6 address"
            : PortConflicts.Find(notes, service, others, address);
        if (problem is null)
        {
            addresses.Release(Owner(name));
            resources.Use(name + Suffix, frontend, id);
        }

        return (address, problem);
    }

    public void Release(string service)
    {
        addresses.Release(Owner(service));
        resources.Use(service + Suffix, "", null);
    }

    private string Owner(string service) => $"{clusterId}|{service}{Suffix}";
}
