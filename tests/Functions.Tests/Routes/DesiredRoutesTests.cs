using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using Xunit;

namespace MeshPort.Functions.Tests.Routes;

public sealed class DesiredRoutesTests
{
    private static readonly ClusterSpec Cluster = new() { Location = "eastus2" };
    private static readonly GatewayService External = AddOn.Gateway(Cluster, GatewayKind.External);

    [Fact]
    public void Tls_is_passed_through_by_server_name()
    {
        var exposure = Exposure(
            "db",
            new ExposureSpec
            {
                Port = 9443,
                Protocol = ExposureProtocol.Tls,
                SniHosts = ["db.example.com"],
                Backends = [new BackendSpec("db", "data", 5432, 100)],
            }
        );

        var (gateway, service) = IstioRoutes.Of(exposure, Cluster).ToList() is [var first, var second]
            ? (first, second)
            : throw new InvalidOperationException();

        Assert.Equal(
            """[{"port":{"number":9443,"name":"tcp-9443","protocol":"TLS"},"hosts":["db.example.com"],"tls":{"mode":"PASSTHROUGH"}}]""",
            gateway.Body["spec"]?["servers"]?.ToJsonString()
        );
        Assert.Equal(
            """{"hosts":["db.example.com"],"gateways":["meshport-db"],"tls":[{"match":[{"port":9443,"sniHosts":"""
                + """["db.example.com"]}],"route":[{"destination":{"host":"db.data.svc.cluster.local","port":"""
                + """{"number":5432}}}]}]}""",
            service.Body["spec"]?.ToJsonString()
        );
    }

    [Fact]
    public void A_dual_stack_cluster_has_a_server_for_each_family_where_the_sources_have_both()
    {
        var cluster = Cluster with { IpFamilies = [IpFamily.IPv4, IpFamily.IPv6], Strategy = Strategy.CompanionService };

        Assert.Equal(["tcp-9000 ", "tcp-9000-ipv6 ::"], Servers());
        Assert.Equal(["tcp-9000 ", "tcp-9000-ipv6 ::"], Servers("10.0.0.0/8", "2001:db8::/32"));
        Assert.Equal(["tcp-9000 "], Servers("10.0.0.0/8"));

        IEnumerable<string> Servers(params string[] sources) =>
            IstioRoutes
                .Of(
                    Exposure(
                        "echo",
                        new ExposureSpec
                        {
                            Port = 9000,
                            AllowedSources = sources,
                            Backends = [new BackendSpec("echo", "default", 9000, 100)],
                        }
                    ),
                    cluster
                )
                .First()
                .Body["spec"]
                .Items("servers")
                .Select(server => $"{server["port"]?["name"]} {server["bind"]}");
    }

    [Fact]
    public void Each_of_several_ports_has_a_server_and_a_rule_to_its_own_port_of_the_backends()
    {
        var exposure = Exposure(
            "game",
            new ExposureSpec
            {
                Ports = [new PortRange(30001, 30001), new PortRange(30000, 30000)],
                AllowedSources = ["10.0.0.0/8"],
                Backends = [new BackendSpec("game", "play", 7001, 60), new BackendSpec("far.example.com", "play", 9001, 40)],
            }
        );

        var objects = IstioRoutes.Of(exposure, Cluster).Concat(IstioRoutes.Hosts(exposure, [External.Namespace])).ToList();

        Assert.Equal(
            ["30000 tcp-30000", "30001 tcp-30001"],
            objects[0].Body["spec"].Items("servers").Select(server => $"{server["port"]?["number"]} {server["port"]?["name"]}")
        );
        Assert.Equal(
            ["30000: 7000 60, 9000 40", "30001: 7001 60, 9001 40"],
            objects[1]
                .Body["spec"]
                .Items("tcp")
                .Select(rule =>
                    $"{rule["match"]?[0]?["port"]}: "
                    + string.Join(", ", rule.Items("route").Select(one => $"{one["destination"]?["port"]?["number"]} {one["weight"]}"))
                )
        );
        Assert.Equal(["9000", "9001"], objects[2].Body["spec"].Items("ports").Select(port => $"{port["number"]}"));
        Assert.Equal(
            """["30000","30001"]""",
            SourceAuthorization.Of(exposure, External, null).Body["spec"]?["rules"]?[0]?["to"]?[0]?["operation"]?["ports"]?.ToJsonString()
        );
    }

    [Fact]
    public void The_routes_of_single_ports_keep_their_names_when_other_ports_come_and_go()
    {
        var one = Exposure("game", new ExposureSpec { Port = 30000, Backends = [new BackendSpec("game", "play", 7000, 100)] });
        var three = Exposure("game", one.Spec with { OnlyPort = null, Ports = [new PortRange(30000, 30002)] });

        Assert.Equal(["meshport-game"], Names(one));
        Assert.Equal(["meshport-game", "meshport-game.30001", "meshport-game.30002"], Names(three));
        Assert.Equal(["meshport-game.30001", "meshport-game.30002"], Names(three.Only(port => port != 30000)));
        Assert.Equal(["meshport-game.30002"], Names(three.Only(port => port == 30002)));

        static IEnumerable<string> Names(NamedExposure? exposure) =>
            GatewayApiRoutes.Of(Assert.IsType<NamedExposure>(exposure), External).Select(route => route.Target.Name);
    }

    [Theory]
    [InlineData(TlsMode.Terminate, TlsVersion.Tls12, "db.example.com", "SIMPLE", "TLSV1_2")]
    [InlineData(TlsMode.Mutual, TlsVersion.Tls13, "*", "MUTUAL", "TLSV1_3")]
    public void A_gateway_that_ends_tls_routes_plain_tcp(TlsMode mode, TlsVersion least, string host, string istio, string protocol)
    {
        var exposure = Exposure(
            "db",
            new ExposureSpec
            {
                Port = 9443,
                Protocol = ExposureProtocol.Tls,
                SniHosts = host == "*" ? [] : [host],
                Tls = new TlsSpec(mode) { Certificate = new CertificateSpec("db-tls"), MinVersion = least },
                Backends = [new BackendSpec("db", "data", 5432, 100)],
            }
        );

        var bodies = IstioRoutes.Of(exposure, Cluster).Select(one => one.Body["spec"]).ToList();

        Assert.Equal(
            $$"""[{"port":{"number":9443,"name":"tcp-9443","protocol":"TLS"},"hosts":["{{host}}"],"tls":"""
                + $$$"""{"mode":"{{{istio}}}","credentialName":"db-tls","minProtocolVersion":"{{{protocol}}}"}}]""",
            bodies[0]?["servers"]?.ToJsonString()
        );
        Assert.Equal(
            $$"""{"hosts":["{{host}}"],"gateways":["meshport-db"],"tcp":[{"match":[{"port":9443}],"route":[{"destination":"""
                + """{"host":"db.data.svc.cluster.local","port":{"number":5432}}}]}]}""",
            bodies[1]?.ToJsonString()
        );
    }

    [Fact]
    public void A_host_outside_the_cluster_is_made_known_to_the_gateway_alone()
    {
        var exposure = Exposure(
            "db",
            new ExposureSpec { Port = 9000, Backends = [new BackendSpec("db.example.com", "default", 5432, 100)] }
        );

        var entry = Assert.Single(IstioRoutes.Hosts(exposure, [External.Namespace]));

        Assert.Equal(new ObjectRef(ObjectKind.ServiceEntry, "default", "meshport-db-0"), entry.Target);
        Assert.Equal(
            """{"hosts":["db.example.com"],"location":"MESH_EXTERNAL","resolution":"DNS","endpoints":[{"address":"db.example.com."}]"""
                + ""","exportTo":["aks-istio-ingress"],"ports":[{"number":5432,"name":"tcp-5432","protocol":"TCP"}]}""",
            entry.Body["spec"]?.ToJsonString()
        );
    }

    [Fact]
    public void A_backend_has_the_longest_idle_timeout_of_its_exposures()
    {
        BackendSpec[] backends = [new("db", "data", 5432, 100)];
        var shorter = Exposure(
            "short",
            new ExposureSpec
            {
                Port = 9000,
                IdleTimeout = TimeSpan.FromMinutes(5),
                Backends = backends,
            }
        );
        var longer = Exposure(
            "long",
            new ExposureSpec
            {
                Port = 9001,
                IdleTimeout = TimeSpan.FromMinutes(10),
                Backends = backends,
            }
        );

        var rule = Assert.Single(
            IstioRoutes.BackendRules(
                [shorter, longer, Exposure("none", new ExposureSpec { Port = 9002, Backends = backends })],
                _ => [External.Namespace],
                new RuleUsers(new Dictionary<string, ProxyProtocol?>(), new HashSet<string>(), _ => false)
            )
        );

        Assert.Equal(new ObjectRef(ObjectKind.DestinationRule, "data", "meshport-db"), rule.Target);
        Assert.Equal("600s", rule.Body["spec"]?["trafficPolicy"]?["connectionPool"]?["tcp"]?["idleTimeout"]?.GetValue<string>());
    }

    [Fact]
    public void Former_Gateways_see_hosts_and_destination_rules_of_their_exposures()
    {
        var exposure = Exposure(
            "db",
            new ExposureSpec
            {
                Port = 9000,
                IdleTimeout = TimeSpan.FromMinutes(10),
                Backends = [new BackendSpec("db", "data", 5432, 50), new BackendSpec("db.example.com", "data", 5432, 50)],
            }
        );

        var objects = RouteObjects.Of(
            [exposure],
            Cluster with
            {
                Strategy = Strategy.CompanionService,
            },
            new RuleUsers(new Dictionary<string, ProxyProtocol?>(), new HashSet<string>(), _ => false),
            ["edge"]
        );

        foreach (var kind in new[] { ObjectKind.ServiceEntry, ObjectKind.DestinationRule })
        {
            Assert.All(
                objects.Where(one => one.Target.Kind == kind),
                one => Assert.Equal("""["aks-istio-ingress","edge"]""", one.Body["spec"]?["exportTo"]?.ToJsonString())
            );
            Assert.Contains(objects, one => one.Target.Kind == kind);
        }
    }

    [Fact]
    public void A_route_of_the_gateway_api_has_grants_for_backends_of_other_namespaces()
    {
        var exposure = Exposure(
            "db",
            new ExposureSpec { Port = 9000, Backends = [new BackendSpec("a", "one", 1, 50), new BackendSpec("b", "two", 2, 50)] }
        );

        var objects = GatewayApiRoutes.Of(exposure, External).ToList();

        Assert.Equal(["TCPRoute one/meshport-db", "ReferenceGrant two/meshport-db"], objects.Select(one => one.Target.ToString()));
        Assert.Equal(
            """[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"meshport-external","namespace":"""
                + "\"aks-istio-ingress\",\"sectionName\":\"tcp-9000\"}]",
            objects[0].Body["spec"]?["parentRefs"]?.ToJsonString()
        );
        Assert.Equal(
            """{"from":[{"group":"gateway.networking.k8s.io","kind":"TCPRoute","namespace":"one"}],"to":["""
                + """{"group":"","kind":"Service","name":"b"}]}""",
            objects[1].Body["spec"]?.ToJsonString()
        );
    }

    [Fact]
    public void The_gateway_keeps_the_sources_of_a_port_for_the_add_ons_service_only()
    {
        var exposure = Exposure(
            "db",
            new ExposureSpec
            {
                Port = 25,
                AllowedSources = ["10.1.0.0/16"],
                Backends = [new BackendSpec("db", "data", 5432, 100)],
            }
        );

        var policy = RouteObjects.Of([exposure], Cluster with { Strategy = Strategy.ManagedService })[0];
        Assert.Equal(ObjectKind.AuthorizationPolicy, policy.Target.Kind);
        Assert.Equal(
            """[{"from":[{"source":{"notIpBlocks":["10.1.0.0/16"]}}],"to":[{"operation":{"ports":["60025"]}}]}]""",
            policy.Body["spec"]?["rules"]?.ToJsonString()
        );
        Assert.DoesNotContain(
            RouteObjects.Of([exposure], Cluster with { Strategy = Strategy.CompanionService }),
            one => one.Target.Kind == ObjectKind.AuthorizationPolicy
        );
    }

    [Fact]
    public void Exposures_with_other_sources_have_a_service_and_an_address_of_their_own()
    {
        var open = PortGroup.Of(new ExposureSpec { Port = 1, Backends = [] });
        var closed = PortGroup.Of(
            new ExposureSpec
            {
                Port = 2,
                Backends = [],
                AllowedSources = ["10.1.0.0/16"],
            }
        );

        Assert.Equal("meshport-external", open.Name);
        Assert.NotEqual(open, closed);
        Assert.Equal(
            closed,
            PortGroup.Of(
                new ExposureSpec
                {
                    Port = 3,
                    Backends = [],
                    AllowedSources = ["10.1.0.0/16"],
                }
            )
        );
    }

    private static NamedExposure Exposure(string name, ExposureSpec spec) => new(name, 1, spec);
}
