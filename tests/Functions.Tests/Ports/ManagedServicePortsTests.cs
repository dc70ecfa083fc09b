using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using Xunit;

namespace MeshPort.Functions.Tests.Ports;

public sealed class ManagedServicePortsTests
{
    private static readonly ObjectRef Target = new(ObjectKind.Service, AddOn.IngressNamespace, AddOn.GatewayName(GatewayKind.External));
    private static readonly IReadOnlySet<int> None = new HashSet<int>();

    [Fact]
    public void The_apply_lists_our_ports_alone_and_carries_the_uid()
    {
        var plan = ManagedServicePorts.Plan(Service(owned: []), Target, "here", [Exposure("echo", 9000), Exposure("smtp", 25)], None);

        Assert.Equal([25, 9000], plan.Open);
        Assert.Equal("uid-1", plan.Apply?["metadata"]?["uid"]?.GetValue<string>());
        Assert.Equal(
            """[{"name":"tcp-25","port":25,"protocol":"TCP","targetPort":60025},"""
                + """{"name":"tcp-9000","port":9000,"protocol":"TCP","targetPort":9000}]""",
            plan.Apply?["spec"]?["ports"]?.ToJsonString()
        );
    }

    [Fact]
    public void MeshPorts_existing_ports_are_not_written_again() =>
        Assert.Null(ManagedServicePorts.Plan(Service(owned: [9000]), Target, "here", [Exposure("echo", 9000)], None).Apply);

    [Fact]
    public void A_port_of_others_is_refused_and_the_others_proceed()
    {
        var plan = ManagedServicePorts.Plan(
            Service(owned: [], foreign: [9000]),
            Target,
            "here",
            [Exposure("echo", 9000), Exposure("other", 9001)],
            None
        );

        Assert.Equal("echo", Assert.Single(plan.Taken).Key);
        Assert.Equal([9001], plan.Open);
    }

    [Fact]
    public void An_edited_port_is_restored_on_the_version_that_was_read()
    {
        var service = Service(owned: [9000]);
        service["spec"]!["ports"]![0]!["targetPort"] = 7777; // Service wrote it
        service["metadata"]!["resourceVersion"] = "42";

        var plan = ManagedServicePorts.Plan(service, Target, "here", [Exposure("echo", 9000)], None);

        Assert.Equal([9000], plan.Edited);
        Assert.Equal("42", plan.Apply?["metadata"]?["resourceVersion"]?.GetValue<string>());
    }

    [Theory]
    [InlineData("tcp-9000", true, true)]
    [InlineData("theirs", true, false)]
    [InlineData("tcp-9000", false, false)]
    public void A_port_of_others_is_taken_over_only_if_it_was_open_for_this_spec_and_has_MeshPorts_name(
        string name,
        bool wasOpen,
        bool isTakenBack
    )
    {
        var service = Service(owned: [9001], foreign: [9000]);
        service["spec"]!["ports"]!.AsArray().Single(port => port!["port"]!.GetValue<int>() == 9000)!["name"] = name; // Service wrote them
        var exposure = Exposure("echo", 9000);
        exposure = wasOpen
            ? exposure with
            {
                Status = exposure.Status.With(
                    ConditionTypes.PortOpen,
                    Observation.True(Reasons.AsDesired, ""),
                    1,
                    DateTimeOffset.UnixEpoch
                ),
            }
            : exposure;

        var plan = ManagedServicePorts.Plan(service, Target, "here", [exposure, Exposure("other", 9001)], None);

        Assert.Equal(isTakenBack, plan.Edited.Contains(9000));
        Assert.Equal(!isTakenBack, plan.Taken.ContainsKey("echo"));
    }

    [Fact]
    public void The_same_number_of_another_protocol_is_another_port()
    {
        var service = Service(owned: [9000]);
        service["spec"]!["ports"]!
            .AsArray()
            .Add(
                new JsonObject
                {
                    ["name"] = "h3",
                    ["port"] = 9000,
                    ["protocol"] = "UDP",
                }
            ); // Service wrote them

        Assert.Null(ManagedServicePorts.Plan(service, Target, "here", [Exposure("echo", 9000)], None).Apply);
    }

    [Fact]
    public void A_port_that_no_exposure_wants_is_closed()
    {
        var plan = ManagedServicePorts.Plan(Service(owned: [9000, 9001]), Target, "here", [Exposure("echo", 9000)], None);

        Assert.Equal([9000], plan.Open);
        Assert.NotNull(plan.Apply);
    }

    [Fact]
    public void The_port_of_a_blocked_exposure_stays_as_it_is()
    {
        Assert.Equal([9000], ManagedServicePorts.Plan(Service(owned: [9000]), Target, "here", [], new HashSet<int> { 9000 }).Open);
        Assert.Empty(ManagedServicePorts.Plan(Service(owned: []), Target, "here", [], new HashSet<int> { 9000 }).Open);
    }

    [Fact]
    public void A_port_that_the_add_on_has_reverted_is_applied_again()
    {
        var reverted = Service(owned: [9000]);
        reverted["spec"]!["ports"] = new JsonArray(); // Service wrote it

        Assert.NotNull(ManagedServicePorts.Plan(reverted, Target, "here", [Exposure("echo", 9000)], None).Apply);
    }

    [Fact]
    public void Ports_of_another_installation_are_recognised()
    {
        Assert.Equal("here", ManagedServicePorts.OtherInstallation(Service(owned: [9000]), "elsewhere"));
        Assert.Null(ManagedServicePorts.OtherInstallation(Service(owned: [9000]), "here"));
        Assert.Null(ManagedServicePorts.OtherInstallation(Service(owned: []), "here"));
    }

    [Fact]
    public void The_service_has_the_longest_idle_timeout_unless_others_have_set_one()
    {
        var idle = Exposure("echo", 9000);
        idle = idle with { Spec = idle.Spec with { IdleTimeout = TimeSpan.FromSeconds(601) } };
        var other = Service(owned: []);
        other["metadata"]!["annotations"] = new JsonObject { [LoadBalancer.IdleTimeout] = "7" }; // Service wrote them

        Assert.Equal(
            "11",
            ManagedServicePorts
                .Plan(Service(owned: []), Target, "here", [idle], None)
                .Apply?["metadata"]?["annotations"]?[LoadBalancer.IdleTimeout]?.GetValue<string>()
        );
        Assert.Null(
            ManagedServicePorts.Plan(other, Target, "here", [idle], None).Apply?["metadata"]?["annotations"]?[LoadBalancer.IdleTimeout]
        );
    }

    [Fact]
    public void The_mark_of_the_installation_goes_with_the_last_port()
    {
        var plan = ManagedServicePorts.Plan(Service(owned: [9000]), Target, "here", [], None);

        Assert.Equal("""{}""", plan.Apply?["metadata"]?["annotations"]?.ToJsonString());
    }

    private static NamedExposure Exposure(string name, int port) =>
        new(name, 1, new ExposureSpec { Port = port, Backends = [new BackendSpec(name, "default", port, 100)] });

    private static JsonObject Service(int[] owned, int[]? foreign = null)
    {
        var keys = new JsonObject();
        foreach (var port in owned)
        {
            keys[$$"""k:{"port":{{port}},"protocol":"TCP"}"""] = new JsonObject();
        }

        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = "uid-1",
                ["annotations"] = owned.Length == 0 ? null : new JsonObject { ["meshport.io/installation"] = "here" },
                ["managedFields"] = new JsonArray(
                    new JsonObject
                    {
                        ["manager"] = "meshport",
                        ["operation"] = "Apply",
                        ["fieldsV1"] = new JsonObject { ["f:spec"] = new JsonObject { ["f:ports"] = keys } },
                    }
                ),
            },
            ["spec"] = new JsonObject { ["ports"] = new JsonArray([.. owned.Concat(foreign ?? []).Append(80).Select(Port)]) },
        };
    }

    private static JsonObject Port(int port) =>
        new()
        {
            ["name"] = $"tcp-{port}",
            ["port"] = port,
            ["protocol"] = "TCP",
            ["targetPort"] = GatewayPort.Target(port),
            ["nodePort"] = 30000 + (port % 2768),
        };
}
