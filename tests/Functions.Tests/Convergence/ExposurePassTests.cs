using MeshPort.Convergence;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Convergence;

public sealed class ExposurePassTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_step_of_an_obstacle_tells_its_message_and_the_later_steps_name_its_condition()
    {
        var id = new ClusterId("00000000-0000-0000-0000-000000000000", "rg", "one");
        var cluster = new Resource<ClusterSpec>(
            new ClusterSpec { Location = "eastus2" },
            new Metadata(id.Path, id.Name, 1, "", Noon, Noon),
            new ResourceStatus()
        );
        var pass = new ExposurePass(id, cluster, [Exposure("good"), Exposure("lost"), Exposure("shut")], [], isLast: false);
        var done = StepResult.Done(Observation.True(Reasons.AsDesired, ""));
        pass.Report(ConditionTypes.WorkloadReady, Results(done, done, done));
        var missing = StepResult.Done(Observation.False(Reasons.BackendNotFound, "Service default/nobody does not exist."));
        pass.Report(ConditionTypes.RouteProgrammed, Results(done, missing, done));
        var taken = StepResult.Done(Observation.False(Reasons.PortTaken, "Others have the port."));

        Assert.Equal("2 of 3 exposures as desired. lost: Service default/nobody does not exist.", Message(ConditionTypes.RouteProgrammed));
        pass.Report(ConditionTypes.PortOpen, Results(done, null, done));
        Assert.Equal("2 of 3 exposures as desired. lost waits for RouteProgrammed.", Message(ConditionTypes.PortOpen));
        pass.Report(ConditionTypes.PortOpen, Results(done, null, taken));
        Assert.Equal("1 of 3 exposures as desired. shut: Others have the port.", Message(ConditionTypes.PortOpen));

        string Message(string condition) => pass.Summary(condition).Observation.Message;
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
