using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using Xunit;

namespace MeshPort.Functions.Tests.Routes;

/// <summary>Whether a hand-made listener means the same as an exposure, and how a part of an object is released.</summary>
public sealed class RouteAdoptionTests
{
    private const string Gateway = """
        {"apiVersion":"networking.istio.io/v1","kind":"Gateway",
         "metadata":{"name":"entry","namespace":"default","creationTimestamp":"2026-01-01T00:00:00Z"},
         "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},
          "servers":[{"port":{"number":9000,"name":"tcp","protocol":"TCP"},"hosts":["*"]}]}}
        """;

    private const string VirtualService = """
        {"apiVersion":"networking.istio.io/v1","kind":"VirtualService",
         "metadata":{"name":"entry","namespace":"default","creationTimestamp":"2026-01-01T00:00:00Z"},
         "spec":{"hosts":["*"],"gateways":["entry"],
          "tcp":[{"match":[{"port":9000}],"route":[{"destination":{"host":"shop","port":{"number":7000}}}]}]}}
        """;

    [Theory]
    [InlineData("/spec/servers/0/port/protocol", "\"tcp\"")]
    [InlineData("/spec/selector/app", "\"gateway\"")]
    public void A_gateway_with_another_spelling_means_the_same(string pointer, string value) =>
        Assert.Null(Difference(Changed(Gateway, pointer, value), VirtualService));

    [Theory]
    [InlineData("/spec/servers/0/tls", """{"mode":"SIMPLE"}""", "has tls")]
    [InlineData("/spec/servers/0/port/protocol", "\"MONGO\"", "has protocol MONGO")]
    [InlineData("/spec/servers/0/bind", "\"10.0.0.1\"", "has bind or defaultEndpoint")]
    [InlineData("/spec/servers/0/hosts", """["shop/*"]""", "has the hosts shop/*")]
    [InlineData("/spec/selector", """{"app":"gateway"}""", "the selector of Gateway default/entry differs")]
    [InlineData("/metadata/labels", """{"app.kubernetes.io/managed-by":"meshport"}""", "another installation")]
    public void A_gateway_that_differs_is_the_obstacle(string pointer, string value, string obstacle) =>
        Assert.Contains(obstacle, Difference(Changed(Gateway, pointer, value), VirtualService), StringComparison.Ordinal);

    [Theory]
    [InlineData("/spec/hosts", """["tcp.example.com"]""")]
    [InlineData("/spec/tcp/0/route/0/weight", "100")]
    [InlineData("/spec/tcp/0/route/0/destination", """{"host":"shop.default.svc.cluster.local"}""")]
    [InlineData("/spec/tcp/0/match", "[]")]
    [InlineData("/spec/tcp/0/match/0/gateways", """["default/entry"]""")]
    [InlineData("/spec/gateways", """["entry","nowhere/gone"]""")]
    [InlineData("/spec/exportTo", """["aks-istio-ingress"]""")]
    public void A_route_with_another_spelling_means_the_same(string pointer, string value) =>
        Assert.Null(Difference(Gateway, Changed(VirtualService, pointer, value)));

    [Theory]
    [InlineData("/spec/tcp/0/route/0/destination/host", "\"other\"", "routes to other.default.svc.cluster.local:7000")]
    [InlineData("/spec/tcp/0/route/0/destination/host", "\"shop.default\"", "routes to shop.default:7000")]
    [InlineData("/spec/tcp/0/route/0/destination/subset", "\"v1\"", "has a subset")]
    [InlineData("/spec/tcp/0/match/0/sourceSubnet", "\"10.0.0.0/8\"", "also matches by sourceSubnet")]
    [InlineData("/spec/gateways", """["entry","mesh"]""", "inside the mesh")]
    [InlineData("/spec/gateways", """["entry","internal"]""", "other servers")]
    [InlineData("/spec/gateways", """["elsewhere"]""", "no VirtualService routes")]
    [InlineData("/spec/exportTo", """["."]""", "is hidden from the gateway")]
    public void A_route_that_differs_is_the_obstacle(string pointer, string value, string obstacle) =>
        Assert.Contains(
            obstacle,
            Difference(
                Gateway,
                Changed(VirtualService, pointer, value),
                Gateway
                    .Replace("\"entry\"", "\"internal\"", StringComparison.Ordinal)
                    .Replace("-external", "-internal", StringComparison.Ordinal)
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_rule_without_a_port_is_the_obstacle_where_its_gateway_has_other_servers()
    {
        var server = """{"port":{"number":9001,"name":"other","protocol":"TCP"},"hosts":["*"]}""";
        Assert.Contains(
            "other servers",
            Difference(Changed(Gateway, "/spec/servers/1", server), Changed(VirtualService, "/spec/tcp/0/match", "[]")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_rule_that_names_an_unseen_gateway_is_the_obstacle()
    {
        KeyValuePair<ObjectRef, JsonObject>[] others =
        [
            Of(ObjectKind.Gateway, Gateway),
            Of(ObjectKind.VirtualService, Changed(VirtualService, "/spec/gateways", """["entry","platform/edge"]""")),
        ];
        var work = Work(Shop(), others);

        var adoption = RouteAdoption.Of(Shop(), work with { Objects = work.Objects with { HasAllGateways = false } }, others);

        Assert.Contains("names Gateway platform/edge, which MeshPort does not see", adoption.Difference, StringComparison.Ordinal);
        Assert.Null(RouteAdoption.Of(Shop(), work, others).Difference);
    }

    [Fact]
    public void An_exposure_with_TLS_adopts_nothing()
    {
        var exposure = Shop() with { Spec = Shop().Spec with { Protocol = ExposureProtocol.Tls, SniHosts = ["*.example.com"] } };
        Assert.Contains("only protocol TCP", RouteAdoption.Of(exposure, Work(exposure), []).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_goes_as_a_whole_when_two_exposures_take_all_its_matches()
    {
        var service = Changed(VirtualService, "/spec/tcp/0/match", """[{"port":9000},{"port":9001}]""");
        var gateway = Changed(Gateway, "/spec/servers/1", """{"port":{"number":9001,"name":"other","protocol":"TCP"},"hosts":["*"]}""");
        NamedExposure[] exposures = [Shop(), Shop("second", 9001)];
        var adoptions = exposures.Select(exposure => (exposure, Adoption(exposure, gateway, service)));

        var releases = RouteReleases.Of(adoptions, []).All;

        Assert.All(releases, release => Assert.Equal(ChangeAction.Delete, release.Change.Action));
        Assert.Equal(2, releases.Count);
    }

    [Fact]
    public void Later_rules_are_removed_first_and_rules_of_http_stay()
    {
        var rule = """{"match":[{"port":9001}],"route":[{"destination":{"host":"shop","port":{"number":7000}}}]}""";
        var service = Changed(
            Changed(VirtualService, "/spec/tcp/1", rule),
            "/spec/tcp/2",
            rule.Replace("9001", "9002", StringComparison.Ordinal)
        );
        NamedExposure[] exposures = [Shop(), Shop("third", 9002)];
        var gateway = new[] { 9001, 9002 }
            .Index()
            .Aggregate(
                Gateway,
                (made, port) =>
                    Changed(
                        made,
                        $"/spec/servers/{port.Index + 1}",
                        $$$"""{"port":{"number":{{{port.Item}}},"name":"p{{{port.Item}}}","protocol":"TCP"},"hosts":["*"]}"""
                    )
            );

        var releases = RouteReleases.Of(exposures.Select(exposure => (exposure, Adoption(exposure, gateway, service))), []).All;

        Assert.Equal(
            ["/spec/servers/2", "/spec/servers/0", "/spec/tcp/2", "/spec/tcp/0"],
            releases.SelectMany(release => release.Change.UnmanagedFields?.Pointers ?? [])
        );
    }

    [Fact]
    public void Rules_of_http_stay()
    {
        var service = Changed(VirtualService, "/spec/http", """[{"route":[{"destination":{"host":"web"}}]}]""");

        var release = RouteReleases.Of([(Shop(), Adoption(Shop(), Gateway, service))], []).All[1];

        Assert.Equal(["/spec/tcp"], release.Change.UnmanagedFields?.Pointers);
    }

    private static string? Difference(string gateway, string service, params string[] more) =>
        Adoption(Shop(), gateway, service, more).Difference;

    private static RouteAdoption Adoption(NamedExposure exposure, string gateway, string service, params string[] more)
    {
        KeyValuePair<ObjectRef, JsonObject>[] others =
        [
            .. more.Prepend(gateway).Select(text => Of(ObjectKind.Gateway, text)),
            Of(ObjectKind.VirtualService, service),
        ];
        return RouteAdoption.Of(exposure, Work(exposure, others), others);
    }

    private static KeyValuePair<ObjectRef, JsonObject> Of(ObjectKind kind, string text)
    {
        var found = Assert.IsType<JsonObject>(JsonNode.Parse(text));
        return KeyValuePair.Create(new ObjectRef(kind, found.Namespace(), found.Name()), found);
    }

    private static NamedExposure Shop(string name = "shop", int port = 9000) =>
        new(
            name,
            1,
            new ExposureSpec
            {
                Port = port,
                Backends = [new BackendSpec("shop", "default", 7000, 100)],
                Adopt = true,
            }
        );

    private static RouteWork Work(NamedExposure exposure, params KeyValuePair<ObjectRef, JsonObject>[] others)
    {
        var objects = new ClusterObjects
        {
            Others = others.ToDictionary(),
            Services = new[]
            {
                Of(ObjectKind.Service, """{"metadata":{"name":"shop","namespace":"default"},"spec":{"ports":[{"port":7000}]}}"""),
                Of(
                    ObjectKind.Service,
                    """
                    {"metadata":{"name":"aks-istio-ingressgateway-external","namespace":"aks-istio-ingress"},
                     "spec":{"selector":{"app":"gateway","istio":"aks-istio-ingressgateway-external"}}}
                    """
                ),
            }.ToDictionary(),
        };
        return new RouteWork(
            new ClusterSpec { Location = "eastus2" },
            new ResourceStatus(),
            objects,
            [exposure],
            new HashSet<string>(),
            new HashSet<string>()
        );
    }

    /// <summary>The object with another value at a pointer, which may be new.</summary>
    private static string Changed(string text, string pointer, string value)
    {
        var found = Assert.IsType<JsonObject>(JsonNode.Parse(text));
        var steps = pointer.Split('/')[1..];
        JsonNode place = found;
        foreach (var step in steps[..^1])
        {
            place = (place is JsonArray list ? list[int.Parse(step, null)] : place[step])!; // the test names an existing place
        }

        if (place is JsonArray items)
        {
            var index = int.Parse(steps[^1], null);
            if (index < items.Count)
            {
                items[index] = JsonNode.Parse(value);
            }
            else
            {
                items.Add(JsonNode.Parse(value));
            }
        }
        else
        {
            place[steps[^1]] = JsonNode.Parse(value);
        }

        return found.ToJsonString();
    }
}
