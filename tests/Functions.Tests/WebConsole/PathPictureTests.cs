using MeshPort.Model;
using MeshPort.WebConsole.Views;
using Xunit;

namespace MeshPort.Functions.Tests.WebConsole;

/// <summary>
/// The picture of a path as a text: client, address, firewall, rule, Service port, listener, route, Service, pods, each green (g), red (b)
/// or grey (u).
/// </summary>
public sealed class PathPictureTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("ggggggggg", ConditionTypes.Reachable, ConditionStatus.True, "Answered")]
    [InlineData("bgggggggg", ConditionTypes.Reachable, ConditionStatus.False, "WrongAnswer")]
    [InlineData("bgggggggg", ConditionTypes.Reachable, ConditionStatus.False, "ConnectionReset")]
    [InlineData("bggbggggg", ConditionTypes.Reachable, ConditionStatus.False, "ConnectionRefused")]
    [InlineData("bggggbggg", ConditionTypes.Reachable, ConditionStatus.False, "NoReadyGateway")]
    [InlineData("bgggggggb", ConditionTypes.Reachable, ConditionStatus.False, "NoReadyEndpoints")]
    [InlineData("bgggggggb", ConditionTypes.Reachable, ConditionStatus.Unknown, "NoReadyEndpoints")]
    [InlineData("bgggggggg", ConditionTypes.Reachable, ConditionStatus.Unknown, "WrongAnswer")]
    [InlineData("ugggggggg", ConditionTypes.Reachable, ConditionStatus.Unknown, "Waiting")]
    [InlineData("ugggggggg", ConditionTypes.Reachable, ConditionStatus.Unknown, "NotReachableFromHere")]
    [InlineData("gbggggggg", ConditionTypes.GatewayReady, ConditionStatus.False, "AddressConflict")]
    [InlineData("gbggggggg", ConditionTypes.GatewayReady, ConditionStatus.False, "GatewayMissing")]
    [InlineData("guggggggg", ConditionTypes.GatewayReady, ConditionStatus.Unknown, "ApiServerUnreachable")]
    [InlineData("ggbgggggg", ConditionTypes.NetworkOpen, ConditionStatus.False, "FirewallConflict")]
    [InlineData("ggbgggggg", ConditionTypes.NetworkOpen, ConditionStatus.False, "AccessDenied")]
    [InlineData("gggubgggg", ConditionTypes.PortOpen, ConditionStatus.False, "PortTaken")]
    [InlineData("gbguugggg", ConditionTypes.PortOpen, ConditionStatus.False, "LoadBalancerFailed")]
    [InlineData("guguugggg", ConditionTypes.PortOpen, ConditionStatus.Unknown, "AddressPending")]
    [InlineData("ggguugggg", ConditionTypes.PortOpen, ConditionStatus.Unknown, "Throttled")]
    [InlineData("gggggbuug", ConditionTypes.RouteProgrammed, ConditionStatus.False, "GatewayConflict")]
    [InlineData("gggggbuug", ConditionTypes.RouteProgrammed, ConditionStatus.False, "CertificateExpired")]
    [InlineData("gggggubug", ConditionTypes.RouteProgrammed, ConditionStatus.False, "RouteConflict")]
    [InlineData("gggggubug", ConditionTypes.RouteProgrammed, ConditionStatus.False, "AdmissionDenied")]
    [InlineData("ggggguubg", ConditionTypes.RouteProgrammed, ConditionStatus.False, "BackendNotFound")]
    [InlineData("ggggguuug", ConditionTypes.RouteProgrammed, ConditionStatus.Unknown, "Blocked")]
    [InlineData("ggggguuug", ConditionTypes.RouteProgrammed, ConditionStatus.False, "Removed")]
    [InlineData("ggggggggb", ConditionTypes.WorkloadReady, ConditionStatus.False, "WorkloadFailed")]
    [InlineData("ggggggggu", ConditionTypes.WorkloadReady, ConditionStatus.Unknown, "WorkloadStarting")]
    public void A_condition_colours_its_stations(string expected, string type, ConditionStatus status, string reason)
    {
        var (cluster, exposure) = Change(Cluster(), Exposure(), type, new Observation(status, reason, "What was observed."));

        var path = PathPicture.Of(cluster, exposure, []);

        Assert.Equal(expected, Text(path));
        Assert.All(
            path.Where(hop => hop.Tone == Tone.Bad),
            hop => Assert.Equal((reason, "What was observed.", ReasonAdvice.Find(reason)), (hop.Reason, hop.Message, hop.Advice))
        );
    }

    [Theory]
    [InlineData(ConditionTypes.Reachable, "NoReadyEndpoints", "Pods, Client")]
    [InlineData(ConditionTypes.RouteProgrammed, "GatewayConflict", "Envoy listener|Route, Service")]
    public void Stations_with_the_same_message_have_one_finding(string type, string reason, string expected)
    {
        var (cluster, exposure) = Change(Cluster(), Exposure(), type, new Observation(ConditionStatus.False, reason, "What was observed."));

        var findings = Finding.Of(PathPicture.Of(cluster, exposure, []));

        Assert.Equal(expected, string.Join('|', findings.Select(finding => finding.Title)));
    }

    [Fact]
    public void A_condition_of_an_earlier_spec_is_not_known()
    {
        var exposure = Exposure();
        var changed = exposure with { Metadata = exposure.Metadata with { Generation = 2 } };

        var path = PathPicture.Of(Cluster(), changed, []);

        Assert.Equal("uguuuuuuu", Text(path));
        Assert.StartsWith("Not observed for generation 2", path[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ConditionStatus.True, "Answered", Tone.Good)]
    [InlineData(ConditionStatus.Unknown, "NotReachableFromHere", Tone.Unknown)]
    public void Pods_that_MeshPort_does_not_run_need_an_answer(ConditionStatus status, string reason, Tone expected)
    {
        var exposure = Exposure();
        var own = exposure with { Spec = exposure.Spec with { Workload = null } };
        var (cluster, foreign) = Change(Cluster(), own, ConditionTypes.Reachable, new Observation(status, reason, ""));

        Assert.Equal(expected, PathPicture.Of(cluster, foreign, [])[^1].Tone);
    }

    [Fact]
    public void An_exposure_without_an_address_has_no_green_address()
    {
        var exposure = Exposure();

        var path = PathPicture.Of(Cluster(), exposure with { Status = exposure.Status with { Addresses = [] } }, []);

        Assert.Equal("guggggggg", Text(path));
    }

    [Theory]
    [InlineData("VirtualService default/meshport-tcpecho", HistoryTypes.Repaired, HopKind.Route)]
    [InlineData("Gateway default/meshport-tcpecho", HistoryTypes.Repaired, HopKind.Listener)]
    [InlineData("Deployment default/tcpecho", HistoryTypes.Repaired, HopKind.Pods)]
    [InlineData("AuthorizationPolicy aks-istio-ingress/meshport-tcpecho", HistoryTypes.Repaired, HopKind.Listener)]
    [InlineData("SecurityRule aks-nsg", HistoryTypes.Repaired, HopKind.Firewall)]
    [InlineData(null, HistoryTypes.PortReverted, HopKind.ServicePort)]
    public void A_repair_is_told_at_its_station(string? target, string type, HopKind station)
    {
        var entry = new HistoryEntry(Now, type, null, type, "It was restored.", Target: target);

        var path = PathPicture.Of(Cluster(), Exposure(), [entry]);

        Assert.Equal([station], path.Where(hop => hop.Repair is not null).Select(hop => hop.Kind));
    }

    private static string Text(IEnumerable<Hop> path) =>
        string.Concat(
            path.Select(hop =>
                hop.Tone switch
                {
                    Tone.Good => 'g',
                    Tone.Bad => 'b',
                    _ => 'u',
                }
            )
        );

    private static (Resource<ClusterSpec>, Resource<ExposureSpec>) Change(
        Resource<ClusterSpec> cluster,
        Resource<ExposureSpec> exposure,
        string type,
        Observation observation
    ) =>
        ConditionTypes.OfCluster.Contains(type)
            ? (cluster with { Status = cluster.Status.With(type, observation, 1, Now) }, exposure)
            : (cluster, exposure with { Status = exposure.Status.With(type, observation, 1, Now) });

    private static Resource<ClusterSpec> Cluster() =>
        new(new ClusterSpec { Location = "eastus2" }, Metadata("istiotest"), True(ConditionTypes.OfCluster));

    private static Resource<ExposureSpec> Exposure() =>
        new(
            new ExposureSpec
            {
                Port = 9000,
                Backends = [new BackendSpec("tcpecho", "default", 9000, 100)],
                Workload = new WorkloadSpec { Image = "istio/tcp-echo-server:1.1", ContainerPort = 9000 },
            },
            Metadata("tcpecho"),
            True(ConditionTypes.OfExposure) with
            {
                Addresses = [new GatewayAddress(GatewayKind.External, "203.0.113.7")],
            }
        );

    private static Metadata Metadata(string name) => new($"/api/{name}", name, 1, "1-e", Now, Now);

    private static ResourceStatus True(IReadOnlyList<string> types) =>
        types.Aggregate(
            ResourceStatus.New(types, Now),
            (status, type) => status.With(type, Observation.True("AsDesired", "Good."), 1, Now)
        );
}
