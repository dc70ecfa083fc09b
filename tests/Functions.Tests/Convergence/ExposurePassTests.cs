using MeshPort.Convergence;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Convergence;

public sealed class ExposurePassTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly StepResult Done = StepResult.Done(Observation.True(Reasons.AsDesired, ""));

    [Fact]
    public void The_step_of_an_obstacle_tells_its_message_and_the_later_steps_name_its_condition()
    {
        var pass = Pass(isLast: false, "good", "lost", "shut");
        pass.Report(ConditionTypes.WorkloadReady, Results(Done, Done, Done));
        var missing = StepResult.Done(Observation.False(Reasons.BackendNotFound, "Service default/nobody does not exist."));
        pass.Report(ConditionTypes.RouteProgrammed, Results(Done, missing, Done));
        var taken = StepResult.Done(Observation.False(Reasons.PortTaken, "Others have the port."));

        Assert.Equal("2 of 3 exposures as desired. lost: Service default/nobody does not exist.", Message(ConditionTypes.RouteProgrammed));
        pass.Report(ConditionTypes.PortOpen, Results(Done, null, Done));
        Assert.Equal("2 of 3 exposures as desired. lost waits for RouteProgrammed.", Message(ConditionTypes.PortOpen));
        pass.Report(ConditionTypes.PortOpen, Results(Done, null, taken));
        Assert.Equal("1 of 3 exposures as desired. shut: Others have the port.", Message(ConditionTypes.PortOpen));

        string Message(string condition) => pass.Summary(condition).Observation.Message;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_workload_with_a_ready_pod_blocks_no_later_step(bool isLast)
    {
        var pass = Pass(isLast, "good");
        var few = StepResult.AskAgain(Reasons.WorkloadStarting, "1 of 2 pods are ready.");
        pass.Report(ConditionTypes.WorkloadReady, [KeyValuePair.Create("good", few with { Serves = true })]);
        pass.Report(ConditionTypes.RouteProgrammed, [KeyValuePair.Create("good", Done)]);

        Assert.Empty(pass.Blocked(ConditionTypes.RouteProgrammed));
        Assert.Equal(
            [
                (ConditionTypes.WorkloadReady, isLast ? ConditionStatus.False : ConditionStatus.Unknown),
                (ConditionTypes.RouteProgrammed, ConditionStatus.True),
            ],
            pass.Observations("good", [ConditionTypes.WorkloadReady, ConditionTypes.RouteProgrammed])
                .Select(seen => (seen.Condition, seen.Observation.Status))
        );

        pass.Report(ConditionTypes.WorkloadReady, [KeyValuePair.Create("good", few)]);
        Assert.Equal(["good"], pass.Blocked(ConditionTypes.RouteProgrammed));
    }

    private static ExposurePass Pass(bool isLast, params string[] exposures)
    {
        var id = new ClusterId("00000000-0000-0000-0000-000000000000", "rg", "one");
        var cluster = new Resource<ClusterSpec>(
            new ClusterSpec { Location = "eastus2" },
            new Metadata(id.Path, id.Name, 1, "", Noon, Noon),
            new ResourceStatus()
        );
        return new ExposurePass(id, cluster, [.. exposures.Select(Exposure)], [], isLast);
    }

    private static IEnumerable<KeyValuePair<string, StepResult>> Results(StepResult good, StepResult? lost, StepResult shut)
    {
        yield return KeyValuePair.Create("good", good);
        yield return KeyValuePair.Create("shut", shut);
        if (lost is not null)
        {
            yield return KeyValuePair.Create("lost", lost);
        }
    }

    private static NamedExposure Exposure(string name) =>
        new(name, 1, new ExposureSpec { Port = 9000, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] });
}
