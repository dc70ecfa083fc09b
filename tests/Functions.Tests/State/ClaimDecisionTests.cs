using System.Globalization;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class ClaimDecisionTests
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Theory]
    [InlineData("a:2001 b:2000", "Updated Updated")]
    [InlineData("a:2001 b:2002 c:2000", "Updated Updated Updated")]
    [InlineData("d:2000 a:2009", "Created Updated")]
    public void What_one_gives_up_another_of_the_same_request_takes_whatever_their_order(string wishes, string outcomes)
    {
        var acceptance = Of([("a", 2000), ("b", 2001), ("c", 2002)], budget: 4);

        Assert.Equal(outcomes, Outcomes(acceptance, wishes));
        Assert.Equal(wishes.Split(' ').Order(StringComparer.Ordinal), Holders(acceptance));
        Assert.Equal(wishes.Contains('d', StringComparison.Ordinal) ? 4 : 3, acceptance.Ports);
    }

    [Fact]
    public void Who_is_refused_keeps_its_port_and_so_nobody_else_gets_it()
    {
        var acceptance = Of([("a", 2000), ("b", 2001), ("c", 2002), ("d", 2003)], budget: 4);

        Assert.Equal("Taken Taken Updated", Outcomes(acceptance, "a:2001 b:2002 d:2004"));
        Assert.Equal(["d:2004"], Holders(acceptance));
        Assert.Equal(4, acceptance.Ports);
    }

    [Fact]
    public void A_long_chain_of_refusals_comes_to_its_end()
    {
        var acceptance = Of([.. Enumerable.Range(0, 500).Select(number => ($"e{number}", 2000 + number)), ("last", 2500)], budget: 501);

        var results = acceptance.Decide([.. Enumerable.Range(0, 500).Select(number => Wish($"e{number}", 2001 + number))]);

        Assert.All(results, result => Assert.Equal(PutOutcome.Taken, result.Outcome));
        Assert.Equal(501, acceptance.Ports);
    }

    [Fact]
    public void The_budget_counts_ports_and_moving_costs_none()
    {
        var acceptance = Of([("a", 2000), ("b", 2001)], budget: 2);

        // A deleted exposure keeps its port until the cluster has nothing left of it.
        var results = acceptance.Decide([Wish("c", 2002), Wish("b", 2003), new ExposureChange("a", null, Precondition.None)]);

        Assert.Equal([PutOutcome.NoRoom, PutOutcome.Updated, PutOutcome.Deleting], results.Select(result => result.Outcome));
        Assert.Equal(2, acceptance.Ports);
    }

    [Fact]
    public void An_exposure_that_stays_on_its_port_may_change_when_the_budget_is_overdrawn()
    {
        var acceptance = Of([("a", 2000), ("b", 2001)], budget: 1);

        var results = acceptance.Decide([
            new ExposureChange("a", Exposure(2000) with { Probe = new ProbeSpec { Send = "x" } }, Precondition.None),
            Wish("b", 2002),
        ]);

        Assert.All(results, result => Assert.Equal(PutOutcome.Updated, result.Outcome));
        Assert.Equal(2, acceptance.Ports);
    }

    [Fact]
    public void A_claim_of_an_exposure_that_is_not_there_or_wants_another_port_holds_nothing()
    {
        var claims = new Dictionary<string, ClaimDocument>(StringComparer.Ordinal)
        {
            ["port|external|2000"] = new(
                new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["dead"] = [], ["moved"] = [] }
            ),
            ["port|external|2001"] = new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["moved"] = [] }),
        };
        var acceptance = new ClaimDecision(Cluster, Documents(("moved", 2001)), claims, 2, 1, 10, Now);

        Assert.Equal("Created", Outcomes(acceptance, "new:2000"));
        Assert.Equal(2, acceptance.Ports);
        Assert.Equal(["new:2000"], Holders(acceptance));
    }

    private static ClaimDecision Of((string Name, int Port)[] there, int budget) =>
        new(
            Cluster,
            Documents(there),
            there.ToDictionary(
                one => $"port|external|{one.Port}",
                one => new ClaimDocument(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [one.Name] = [] }),
                StringComparer.Ordinal
            ),
            2,
            there.Length,
            budget,
            Now
        );

    private static Dictionary<string, ExposureDocument> Documents(params (string Name, int Port)[] there) =>
        there.ToDictionary(
            one => one.Name,
            one => new ExposureDocument(Exposure(one.Port), Metadata.Next(null, "", one.Name, Now), 1),
            StringComparer.Ordinal
        );

    private static string Outcomes(ClaimDecision acceptance, string wishes) =>
        string.Join(
            ' ',
            acceptance
                .Decide([
                    .. wishes
                        .Split(' ')
                        .Select(wish => Wish(wish.Split(':')[0], int.Parse(wish.Split(':')[1], CultureInfo.InvariantCulture))),
                ])
                .Select(result => result.Outcome)
        );

    private static IEnumerable<string> Holders(ClaimDecision acceptance) =>
        acceptance
            .Writes.Where(write => write.Body is not null)
            .SelectMany(write =>
                MeshPortJson.Read<ClaimDocument>(write.Body ?? "").Holders.Keys.Select(holder => $"{holder}:{write.Key.Split('|')[^1]}")
            )
            .Order(StringComparer.Ordinal);

    private static ExposureChange Wish(string name, int port) => new(name, Exposure(port), Precondition.None);

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] };
}
