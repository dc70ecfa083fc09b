using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Faults;

public sealed class FaultPlanTests
{
    private static readonly FaultCall Put = new(
        FaultLayer.Arm,
        FaultPoint.Request,
        ["PUT"],
        "Microsoft.ContainerService/managedClusters/agentPools",
        ["rg", "mesh", "pool1"]
    );

    [Fact]
    public void With_one_seed_the_same_requests_are_struck_each_time()
    {
        var rule = new FaultRule
        {
            Kind = FaultKind.Reset,
            Layer = FaultLayer.Arm,
            Probability = 0.3,
        };

        var first = Draw(7, rule, 1000);

        Assert.Equal(first, Draw(7, rule, 1000));
        Assert.NotEqual(first, Draw(8, rule, 1000));
        Assert.InRange(first.Count(struck => struck), 250, 350);
    }

    [Theory]
    [InlineData(null, null, 0, "XXXXXX")]
    [InlineData(2, null, 0, "XX----")]
    [InlineData(2, null, 3, "---XX-")]
    [InlineData(null, 3, 0, "--X--X")]
    [InlineData(1, 2, 1, "--X---")]
    public void Count_every_and_after_select_the_requests(int? count, int? every, int after, string expected)
    {
        var drawn = Draw(
            1,
            new FaultRule
            {
                Kind = FaultKind.Reset,
                Layer = FaultLayer.Arm,
                Count = count,
                Every = every,
                After = after,
            },
            expected.Length
        );

        Assert.Equal(expected, string.Concat(drawn.Select(struck => struck ? 'X' : '-')));
    }

    [Theory]
    [InlineData("PUT agentPools", "*", true)]
    [InlineData("put managedclusters/agentpools", "*", true)]
    [InlineData("* Microsoft.ContainerService/managedClusters/agentPools", "*", true)]
    [InlineData("P* *", "mesh", true)]
    [InlineData("* *", "pool?", true)]
    [InlineData("PUT managedClusters", "*", false)]
    [InlineData("GET agentPools", "*", false)]
    [InlineData("* *", "other", false)]
    public void A_rule_is_matched_by_method_type_and_name(string operation, string target, bool expected) =>
        Assert.Equal(
            expected,
            Put.Matches(
                new FaultRule
                {
                    Kind = FaultKind.Reset,
                    Layer = FaultLayer.Arm,
                    Operation = operation,
                    Target = target,
                }
            )
        );

    [Fact]
    public void A_conflict_strikes_only_writes()
    {
        var conflict = new FaultRule { Kind = FaultKind.Conflict, Layer = FaultLayer.Arm };

        Assert.True(Put.Matches(conflict));
        Assert.False((Put with { Verbs = ["GET"] }).Matches(conflict));
    }

    [Fact]
    public void The_first_rule_that_strikes_wins_and_later_ones_do_not_count_the_request()
    {
        using var world = new SandboxWorld(60, stateFile: null);
        world.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Reset,
                Layer = FaultLayer.Arm,
                Count = 1,
            }
        );
        world.Faults.Add(new FaultRule { Kind = FaultKind.Lost, Layer = FaultLayer.Arm });

        Assert.Equal([FaultKind.Reset, FaultKind.Lost], new[] { world.Faults.Strike(Put)!.Kind, world.Faults.Strike(Put)!.Kind });
        Assert.Equal([(2, 1), (1, 1)], world.Faults.All.Select(fault => (fault.Matched, fault.Struck)));
    }

    [Fact]
    public void Faults_and_their_counters_survive_a_restart()
    {
        using var directory = new TestDirectory();
        var file = directory["sandbox.db"];
        using (var before = new SandboxWorld(60, file))
        {
            before.Faults.Add(
                new FaultRule
                {
                    Kind = FaultKind.Reset,
                    Layer = FaultLayer.Arm,
                    Count = 2,
                }
            );
            before.Faults.Strike(Put);
        }

        using var after = new SandboxWorld(60, file);
        Assert.Equal(1, Assert.Single(after.Faults.All).Struck);
        Assert.NotNull(after.Faults.Strike(Put));
        Assert.Null(after.Faults.Strike(Put));
        Assert.True(after.Faults.Remove("1"));
        Assert.False(after.Faults.Remove("1"));
    }

    [Fact]
    public void A_layer_is_down_only_for_the_given_time()
    {
        using var world = new SandboxWorld(60, stateFile: null);
        world.Clock.Hold();
        world.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Down,
                Layer = FaultLayer.Arm,
                Duration = 90,
            }
        );

        world.Clock.Advance(TimeSpan.FromSeconds(89));
        Assert.NotNull(world.Faults.Strike(Put));
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(world.Faults.Strike(Put));
    }

    [Fact]
    public void All_problems_of_a_rule_are_reported_at_once()
    {
        using var world = new SandboxWorld(60, stateFile: null);

        var refusal = Assert.Throws<InvalidFaultException>(() =>
            world.Faults.Add(
                new FaultRule
                {
                    Kind = FaultKind.BadGateway,
                    Layer = FaultLayer.Kubernetes,
                    Operation = "PUT",
                    Probability = 1.5,
                    Count = 0,
                    After = -1,
                    Duration = 5,
                }
            )
        );

        Assert.Equal(
            ["layer", "operation", "probability", "count", "after", "duration"],
            refusal.Problems.Select(problem => problem.Field)
        );
        Assert.Empty(world.Faults.All);
    }

    private static List<bool> Draw(int seed, FaultRule rule, int times)
    {
        using var world = new SandboxWorld(60, stateFile: null, seed);
        world.Faults.Add(rule);
        return [.. Enumerable.Range(0, times).Select(_ => world.Faults.Strike(Put) is not null)];
    }
}
