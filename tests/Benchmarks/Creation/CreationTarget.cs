using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Benchmarks.Creation;

/// <summary>
/// The environment that both MeshPort and the script create: a cluster in a new network, three features, the mesh, a gateway, ten ports.
/// </summary>
internal static class CreationTarget
{
    public const string Location = "eastus2";
    public const string Provider = "Microsoft.ContainerService";
    public const string Vnet = "aksVnet";
    public const string Subnet = "istiotest";
    public const string AddressPrefix = "10.13.0.0/16";
    public const string SubnetPrefix = "10.13.76.0/24";
    public const string VmSize = "Standard_B2ms";
    public const string Backend = "tcpecho";
    public const string Image = "istio/tcp-echo-server:1.1";
    public const int BackendPort = 9000;
    public const string Says = "jose\n";
    public const string Hears = "hello jose";
    private const int Exposures = 10;

    public static readonly ClusterId Cluster = new("00000000-0000-0000-0000-0000000000c1", "istiotest", "istiotest");
    public static readonly string[] Features = ["AzureServiceMeshPreview", "EnableSLBSharedHealthProbePreview", "ManagedGatewayAPIPreview"];
    public static readonly string[] Arguments = [BackendPort.ToString(CultureInfo.InvariantCulture), "hello"];

    public static IReadOnlyList<int> Ports => [.. Enumerable.Range(BackendPort, Exposures)];

    public static JsonObject ClusterSpec =>
        new()
        {
            ["location"] = Location,
            ["features"] = new JsonArray([.. Features.Select(name => new JsonObject { ["name"] = name })]),
            ["networkPlugin"] = "kubenet",
            ["network"] = new JsonObject
            {
                ["vnet"] = Vnet,
                ["addressPrefix"] = AddressPrefix,
                ["subnet"] = Subnet,
                ["subnetPrefix"] = SubnetPrefix,
            },
            ["nodePool"] = new JsonObject { ["vmSize"] = VmSize, ["count"] = 1 },
            ["mesh"] = new JsonObject { ["gateways"] = new JsonArray("external") },
        };

    public static JsonArray ExposureItems =>
        new([.. Ports.Select(port => new JsonObject { ["name"] = $"p{port}", ["spec"] = ExposureSpec(port) })]);

    private static JsonObject ExposureSpec(int port)
    {
        var spec = new JsonObject
        {
            ["port"] = port,
            ["backends"] = new JsonArray(new JsonObject { ["service"] = Backend, ["port"] = BackendPort }),
            ["probe"] = new JsonObject { ["send"] = Says, ["expect"] = Hears },
        };
        if (port == BackendPort)
        {
            spec["workload"] = new JsonObject
            {
                ["image"] = Image,
                ["args"] = new JsonArray([.. Arguments.Select(text => JsonValue.Create(text))]),
                ["containerPort"] = BackendPort,
            };
        }

        return spec;
    }
}
