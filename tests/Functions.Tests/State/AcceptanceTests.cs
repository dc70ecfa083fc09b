using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class AcceptanceTests
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Later_wishes_see_what_earlier_ones_took_and_gave_back()
    {
        var acceptance = Of([("a", 2000)], budget: 2);

        Assert.Equal(PutOutcome.Taken, acceptance.Decide(Wish("b", 2000)).Outcome);
        Assert.Equal(PutOutcome.Updated, acceptance.Decide(Wish("a", 2001)).Outcome);
        Assert.Equal(PutOutcome.Created, acceptance.Decide(Wish("b", 2000)).Outcome);
        Assert.Equal(2, acceptance.Ports);
        Assert.Equal(["a:2001", "b:2000"], Holders(acceptance));
    }

    [Fact]
    public void The_budget_counts_ports_and_moving_costs_none()
    {
        var acceptance = Of([("a", 2000), ("b", 2001)], budget: 2);

        Assert.Equal(PutOutcome.NoRoom, acceptance.Decide(Wish("c", 2002)).Outcome);
        Assert.Equal(PutOutcome.Updated, acceptance.Decide(Wish("b", 2003)).Outcome);
        Assert.Equal(PutOutcome.Deleting, acceptance.Decide(new ExposureWish("a", null, Precondition.None)).Outcome);
        Assert.Equal(PutOutcome.NoRoom, acceptance.Decide(Wish("c", 2002)).Outcome); // a's port is given back when nothing of it is left
        Assert.Equal(2, acceptance.Ports);
    }

    [Fact]
    public void An_exposure_that_stays_on_its_port_may_change_when_the_budget_is_overdrawn()
    {
        var acceptance = Of([("a", 2000), ("b", 2001)], budget: 1);

        var changed = acceptance.Decide(new ExposureWish("a", Exposure(2000) with { Probe = new ProbeSpec { Send = "x" } }, Precondition.None));

        Assert.Equal(PutOutcome.Updated, changed.Outcome);
        Assert.Equal(PutOutcome.Updated, acceptance.Decide(Wish("b", 2002)).Outcome);
        Assert.Equal(2, acceptance.Ports);
    }

    [Fact]
    public void A_claim_of_an_exposure_that_is_not_there_or_wants_another_port_holds_nothing()
    {
        var claims = new Dictionary<string, ClaimDocument>(StringComparer.Ordinal)
        {
            ["port|external|2000"] = new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["dead"] = [], ["moved"] = [] }),
            ["port|external|2001"] = new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["moved"] = [] }),
        };
        var acceptance = new Acceptance(Cluster, Documents(("moved", 2001)), claims, 2, 1, 10, Now);

        Assert.Equal(PutOutcome.Created, acceptance.Decide(Wish("new", 2000)).Outcome);
        Assert.Equal(2, acceptance.Ports);
        Assert.Equal(["new:2000"], Holders(acceptance));
    }

    private static Acceptance Of((string Name, int Port)[] there, int budget) => new(
        Cluster,
        Documents(there),
        there.ToDictionary(one => $"port|external|{one.Port}", one => new ClaimDocument(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [one.Name] = [] }), StringComparer.Ordinal),
        2,
        there.Length,
        budget,
        Now);

    private static Dictionary<string, ExposureDocument> Documents(params (string Name, int Port)[] there) =>
        there.ToDictionary(one => one.Name, one => new ExposureDocument(Exposure(one.Port), Metadata.Next(null, "", one.Name, Now), 1), StringComparer.Ordinal);

    private static IEnumerable<string> Holders(Acceptance acceptance) =>
        acceptance.ChangedClaims.SelectMany(one => one.Claim.Holders.Keys.Select(holder => $"{holder}:{one.Thing.Split('|')[^1]}")).Order(StringComparer.Ordinal);

    private static ExposureWish Wish(string name, int port) => new(name, Exposure(port), Precondition.None);

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] };
}
