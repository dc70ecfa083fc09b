using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.Ports;

public sealed class CompanionAssignmentsTests
{
    private static readonly PortGroup Everybody = new(GatewayKind.External, "");
    private static readonly PortGroup Few = new(GatewayKind.External, "10.0.0.0/8");
    private static readonly PortGroup Others = new(GatewayKind.External, "192.168.0.0/16");
    private static readonly PortGroup Inner = new(GatewayKind.Internal, "10.0.0.0/8");

    [Fact]
    public void A_group_has_the_Service_of_its_name() =>
        Assert.Equal([Few.Name, Everybody.Name], Homes([Service(Everybody, 9000)], (Few, 9001), (Everybody, 9000)));

    [Fact]
    public void A_group_that_gets_other_sources_takes_its_Service_along_and_keeps_it()
    {
        Assert.Equal([Few.Name], Homes([Service(Few, 9000)], (Others, 9000)));
        Assert.Equal([Few.Name], Homes([Service(Few, 9000, holds: Others)], (Others, 9000)));
        Assert.Equal([Few.Name], Homes([Service(Few, 9000, holds: Others)], (Few, 9000))); // back again
    }

    [Fact]
    public void A_Service_that_another_group_still_needs_is_not_reassigned() =>
        Assert.Equal([Others.Name, Few.Name], Homes([Service(Few, 9000, 9001)], (Others, 9000), (Few, 9001)));

    [Fact]
    public void A_Service_goes_to_at_most_one_group_and_a_group_takes_at_most_one_Service()
    {
        Assert.Equal([Others.Name, Everybody.Name], Homes([Service(Few, 9000, 9001)], (Others, 9000), (Everybody, 9001)));
        Assert.Equal([Others.Name], Homes([Service(Few, 9000), Service(Everybody, 9001)], (Others, 9000), (Others, 9001)));
    }

    [Fact]
    public void A_Service_with_none_of_the_ports_of_another_gateway_or_of_another_installation_is_not_taken()
    {
        Assert.Equal([Others.Name], Homes([Service(Few, 9000)], (Others, 9001)));
        Assert.Equal([Inner.Name], Homes([Service(Few, 9000)], (Inner, 9000)));
        var theirs = Service(Few, 9000);
        theirs.Object["metadata"]!["annotations"]![Installation.Annotation] = "elsewhere"; // Service wrote it
        Assert.Equal([Others.Name], Homes([theirs], (Others, 9000)));
    }

    [Fact]
    public void A_name_that_another_group_uses_is_not_assigned_twice() =>
        Assert.Equal([$"{Few.Name}-2", Few.Name], Homes([Service(Few, 9000, holds: Others)], (Few, 9001), (Others, 9000)));

    private static string[] Homes((ObjectRef Target, JsonObject Object)[] services, params (PortGroup Group, int Port)[] wanted)
    {
        var groups = wanted
            .GroupBy(one => one.Group)
            .ToDictionary(group => group.Key, group => (IReadOnlySet<int>)group.Select(one => one.Port).ToHashSet());
        var homes = CompanionAssignments.Of(
            services.ToDictionary(service => service.Target, service => service.Object),
            groups,
            "here",
            _ => "ingress"
        );
        return [.. groups.Keys.Select(group => homes[group].Name)];
    }

    private static (ObjectRef Target, JsonObject Object) Service(PortGroup group, int port, int? more = null, PortGroup? holds = null)
    {
        var annotations = DesiredObjects.Labels(group.Annotations([]));
        annotations[Installation.Annotation] = "here";
        if (holds is not null)
        {
            annotations[CompanionAssignments.GroupAnnotation] = holds.Name;
        }

        var ports = new[] { port, more }.OfType<int>().Select(number => new JsonObject { ["port"] = number });
        return (
            new ObjectRef(ObjectKind.Service, "ingress", group.Name),
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = annotations },
                ["spec"] = new JsonObject { ["ports"] = new JsonArray([.. ports]) },
            }
        );
    }
}
