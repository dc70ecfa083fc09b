using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class SpecChangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly Requester By = new(RequestTrigger.Http, "ann", "trace");
    private static readonly ClusterSpec Before = new() { Location = "eastus2" };

    [Fact]
    public void The_entry_names_changed_fields()
    {
        var entry = SpecChange.Entry(
            PutOutcome.Updated,
            Before,
            Before with
            {
                KubernetesVersion = "1.34",
                Strategy = Strategy.CompanionService,
            },
            2,
            By,
            Now
        );

        Assert.Equal(["/kubernetesVersion", "/strategy"], (entry.Changed ?? []).Order());
        Assert.Equal((HistoryTypes.Asked, By), (entry.Type, entry.By));
    }

    [Fact]
    public void A_new_or_unchanged_spec_names_no_fields()
    {
        Assert.Null(SpecChange.Entry(PutOutcome.Created, null, Before, 1, By, Now).Changed);
        Assert.Null(SpecChange.Entry(PutOutcome.Updated, Before, Before, 1, By, Now).Changed);
    }

    [Fact]
    public void The_entry_names_at_most_twenty_fields()
    {
        var after = Before with { Tags = Enumerable.Range(0, 30).ToDictionary(number => $"tag{number}", _ => "value") };

        var entry = SpecChange.Entry(
            PutOutcome.Updated,
            Before with
            {
                Tags = new Dictionary<string, string> { ["other"] = "value" },
            },
            after,
            2,
            By,
            Now
        );

        Assert.Equal(20, entry.Changed?.Count);
    }
}
