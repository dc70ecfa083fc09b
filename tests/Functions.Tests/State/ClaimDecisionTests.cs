using System.Globalization;
using MeshPort.Access;
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
    public void An_exposure_takes_the_port_that_another_of_the_request_gives_up_in_any_order(string changes, string outcomes)
    {
        var decision = Of([("a", 2000), ("b", 2001), ("c", 2002)], budget: 4);

        Assert.Equal(outcomes, Outcomes(decision, changes));
        Assert.Equal(changes.Split(' ').Order(StringComparer.Ordinal), Holders(decision));
        Assert.Equal(changes.Contains('d', StringComparison.Ordinal) ? 4 : 3, decision.Ports);
    }

    [Fact]
    public void A_refused_exposure_keeps_its_port()
    {
        var decision = Of([("a", 2000), ("b", 2001), ("c", 2002), ("d", 2003)], budget: 4);

        Assert.Equal("Taken Taken Updated", Outcomes(decision, "a:2001 b:2002 d:2004"));
        Assert.Equal(["d:2004"], Holders(decision));
        Assert.Equal(4, decision.Ports);
    }

    [Fact]
    public void A_long_chain_of_refusals_ends()
    {
        var decision = Of([.. Enumerable.Range(0, 500).Select(number => ($"e{number}", 2000 + number)), ("last", 2500)], budget: 501);

        var results = decision.Decide([.. Enumerable.Range(0, 500).Select(number => Change($"e{number}", 2001 + number))]);

        Assert.All(results, result => Assert.Equal(PutOutcome.Taken, result.Outcome));
        Assert.Equal(501, decision.Ports);
    }

    [Fact]
    public void The_budget_counts_ports_and_moving_needs_no_more()
    {
        var decision = Of([("a", 2000), ("b", 2001)], budget: 2);

        // A deleted exposure keeps its port until the cluster has nothing left of it.
        var results = decision.Decide([Change("c", 2002), Change("b", 2003), new ExposureChange("a", null, Precondition.None)]);

        Assert.Equal([PutOutcome.NoRoom, PutOutcome.Updated, PutOutcome.Deleting], results.Select(result => result.Outcome));
        Assert.Equal(2, decision.Ports);
    }

    [Fact]
    public void An_exposure_that_stays_on_its_port_may_change_when_the_budget_is_overdrawn()
    {
        var decision = Of([("a", 2000), ("b", 2001)], budget: 1);

        var results = decision.Decide([
            new ExposureChange("a", Exposure(2000) with { Probe = new ProbeSpec { Send = "x" } }, Precondition.None),
            Change("b", 2002),
        ]);

        Assert.All(results, result => Assert.Equal(PutOutcome.Updated, result.Outcome));
        Assert.Equal(2, decision.Ports);
    }

    [Fact]
    public void A_conflict_of_several_ports_names_the_first_and_counts_the_others_in_both_directions()
    {
        var range = new ExposureChange("range", Range("2000-2009"), Precondition.None);
        var single = Of([("a", 2003), ("b", 2005), ("c", 3000)], budget: 100).Decide([range])[0];
        var other = new ClaimDecision(
            Cluster,
            new Dictionary<string, ExposureDocument> { ["range"] = new(Range("2000-2009"), Metadata.Next(null, "", "range", Now), 1) },
            ExposureClaim.Of(Range("2000-2009")).ToDictionary(claim => claim.Thing, claim => new ClaimDocument(Held("range"))),
            2,
            10,
            100,
            Now
        ).Decide([Change("new", 2003)])[0];

        Assert.Equal((PutOutcome.Taken, "/spec/ports/0"), (single.Outcome, single.Pointer));
        Assert.StartsWith("Port 2003 of the external gateway is already claimed by exposure 'a'.", single.Detail, StringComparison.Ordinal);
        Assert.EndsWith(" The same is true of 1 other port.", single.Detail, StringComparison.Ordinal);
        Assert.Equal((PutOutcome.Taken, "/spec/port"), (other.Outcome, other.Pointer));
        Assert.Contains("claimed by exposure 'range'", other.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_a_range_gives_up_is_taken_in_the_same_request()
    {
        var decision = new ClaimDecision(
            Cluster,
            new Dictionary<string, ExposureDocument> { ["range"] = new(Range("2000-2009"), Metadata.Next(null, "", "range", Now), 1) },
            ExposureClaim.Of(Range("2000-2009")).ToDictionary(claim => claim.Thing, claim => new ClaimDocument(Held("range"))),
            2,
            10,
            10,
            Now
        );

        var results = decision.Decide([Change("new", 2007), new ExposureChange("range", Range("2000-2004"), Precondition.None)]);

        Assert.Equal([PutOutcome.Created, PutOutcome.Updated], results.Select(result => result.Outcome));
        Assert.Equal(6, decision.Ports);
    }

    [Fact]
    public void Each_of_several_ports_counts_in_the_budget()
    {
        var decision = Of([("a", 2000)], budget: 10);

        var results = decision.Decide([
            new ExposureChange("big", Range("3000-3009"), Precondition.None),
            new ExposureChange("fits", Range("4000-4008"), Precondition.None),
        ]);

        Assert.Equal([(PutOutcome.NoRoom, "/spec/ports"), (PutOutcome.Created, "")], results.Select(one => (one.Outcome, one.Pointer)));
        Assert.Equal(10, decision.Ports);
    }

    [Fact]
    public void A_claim_of_a_missing_or_moved_exposure_is_ignored()
    {
        var claims = new Dictionary<string, ClaimDocument>(StringComparer.Ordinal)
        {
            ["port|external|2000"] = new(
                new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["dead"] = [], ["moved"] = [] }
            ),
            ["port|external|2001"] = new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["moved"] = [] }),
        };
        var decision = new ClaimDecision(Cluster, Documents(("moved", 2001)), claims, 2, 1, 10, Now);

        Assert.Equal("Created", Outcomes(decision, "new:2000"));
        Assert.Equal(2, decision.Ports);
        Assert.Equal(["new:2000"], Holders(decision));
    }

    [Fact]
    public void A_request_of_the_API_takes_the_port_of_a_Service_and_no_more_of_the_budget()
    {
        var decision = Owned("svc", new ServiceOwner("shop", "web"), budget: 1);

        Assert.Equal("Created", Outcomes(decision, "mine:2000"));
        var displaced = Assert.Single(decision.Displaced);
        Assert.Equal(("svc", PutOutcome.Deleting), (displaced.Name, displaced.Result.Outcome));
        Assert.NotNull(displaced.Result.Resource?.Metadata.DeletedAt);
        Assert.Equal(["mine:2000"], Holders(decision));
        Assert.Equal(1, decision.Ports);
    }

    [Theory]
    [InlineData("default", true)]
    [InlineData("shop", false)]
    public void A_role_takes_no_port_of_a_Service_in_a_namespace_that_it_may_not_access(string allowed, bool takes)
    {
        var decision = Owned("svc", new ServiceOwner("default", "tcpecho"), budget: 1);
        var role = new AllowList { Namespaces = new HashSet<string> { allowed } };

        var result = decision.Decide([Change("mine", 2000) with { MayDisplace = role.AllowsExposure }])[0];

        Assert.Equal(takes ? PutOutcome.Created : PutOutcome.Taken, result.Outcome);
        Assert.Equal(takes ? 1 : 0, decision.Displaced.Count);
        Assert.Equal(
            takes
                ? null
                : "Port 2000 of the external gateway is claimed by exposure 'svc' of Service default/tcpecho, "
                    + "which your role may not delete. Choose another port.",
            result.Detail
        );
    }

    [Theory]
    [InlineData("a", 2000, true)]
    [InlineData("a", 2001, false)]
    [InlineData("b", 2000, false)]
    public void A_refusal_waits_where_the_request_deletes_the_holder_of_the_port(string deleted, int wanted, bool waits)
    {
        var result = Of([("a", 2000), ("b", 2001)], budget: 3)
            .Decide([new ExposureChange(deleted, null, Precondition.None), Change("c", wanted)])[1];

        Assert.Equal((PutOutcome.Taken, waits), (result.Outcome, result.Waits));
    }

    [Fact]
    public void A_request_of_the_API_that_is_refused_takes_nothing()
    {
        var decision = Owned("svc", new ServiceOwner("shop", "web"), budget: 1);

        var result = decision.Decide([new ExposureChange("mine", Exposure(2000), Precondition.Exists)]);

        Assert.Equal(PutOutcome.PreconditionFailed, Assert.Single(result).Outcome);
        Assert.Empty(decision.Displaced);
    }

    [Fact]
    public void A_Service_takes_no_port_of_others()
    {
        var (web, late) = (new ServiceOwner("shop", "web"), new ServiceOwner("shop", "late"));

        foreach (var owner in new[] { web, null })
        {
            var decision = Owned("svc", owner, budget: 2);
            Assert.Equal(PutOutcome.Taken, Assert.Single(decision.Decide([Change("other", 2000) with { Owner = late }])).Outcome);
            Assert.Empty(decision.Displaced);
        }
    }

    [Theory]
    [InlineData("web", "", "late", "", "Created")]
    [InlineData("web", "10.0.0.0/8", "late", "10.0.0.0/8", "Created")]
    [InlineData("web", "10.0.0.0/8", "late", "", "Taken")]
    [InlineData("web", "", "late", "10.0.0.0/8", "Taken")]
    [InlineData(null, "10.0.0.0/8", "late", "", "Taken")]
    [InlineData(null, "", "late", "", "Taken")]
    [InlineData(null, "10.0.0.0/8", null, "", "Created")]
    [InlineData("web", "", null, "10.0.0.0/8", "Created displaces svc")]
    public void A_Service_shares_a_port_of_TLS_only_with_Services_of_the_same_sources(
        string? holder,
        string held,
        string? by,
        string wanted,
        string outcome
    )
    {
        var metadata = Metadata.Next(null, "", "svc", Now) with { Owner = Owner(holder) };
        var decision = new ClaimDecision(
            Cluster,
            new Dictionary<string, ExposureDocument> { ["svc"] = new(Tls("a.example", held), metadata, 1) },
            new Dictionary<string, ClaimDocument>
            {
                ["port|external|9443"] = new(new Dictionary<string, IReadOnlyList<string>> { ["svc"] = ["a.example"] }),
            },
            2,
            1,
            10,
            Now
        );

        var result = decision.Decide([new ExposureChange("new", Tls("b.example", wanted), Precondition.None, Owner: Owner(by))])[0];

        Assert.Equal(outcome, $"{result.Outcome}{string.Concat(decision.Displaced.Select(item => $" displaces {item.Name}"))}");
        Assert.Equal(outcome == "Taken", result.Detail?.Contains("of the same sources", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("web", "late", "b.example", null, "Created")]
    [InlineData("web", null, "b.example", null, "Created")]
    [InlineData(null, "late", "b.example", null, "Created")]
    [InlineData(null, "late", "a.example", null, "Taken")]
    [InlineData(null, "late", "b.example", ClientAddress.Preserve, "Taken")]
    public void On_port_443_everybody_shares_by_server_names(
        string? holder,
        string? by,
        string host,
        ClientAddress? clientAddress,
        string outcome
    )
    {
        var metadata = Metadata.Next(null, "", "svc", Now) with { Owner = Owner(holder) };
        var decision = new ClaimDecision(
            Cluster,
            new Dictionary<string, ExposureDocument> { ["svc"] = new(Shared("a.example", "10.0.0.0/8"), metadata, 1) },
            new Dictionary<string, ClaimDocument>
            {
                ["port|external|443"] = new(new Dictionary<string, IReadOnlyList<string>> { ["svc"] = ["a.example"] }),
            },
            2,
            1,
            10,
            Now
        );
        var spec = Shared(host, "") with { ClientAddress = clientAddress };

        var result = decision.Decide([new ExposureChange("new", spec, Precondition.None, Owner: Owner(by))])[0];

        Assert.Equal((outcome, 0), ($"{result.Outcome}", decision.Displaced.Count));
        Assert.Equal(clientAddress is not null, result.Detail?.Contains("same clientAddress", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "Created")]
    [InlineData("", "Taken")]
    public void With_companion_Services_other_sources_would_close_an_exposure_on_port_443(string source, string outcome)
    {
        var decision = new ClaimDecision(
            Cluster,
            new Dictionary<string, ExposureDocument>
            {
                ["api"] = new(Shared("a.example", "10.0.0.0/8"), Metadata.Next(null, "", "api", Now), 1),
            },
            new Dictionary<string, ClaimDocument>
            {
                ["port|external|443"] = new(new Dictionary<string, IReadOnlyList<string>> { ["api"] = ["a.example"] }),
            },
            2,
            1,
            10,
            Now
        )
        {
            Strategy = Strategy.CompanionService,
        };

        var result = decision.Decide([new ExposureChange("new", Shared("b.example", source), Precondition.None, Owner: Owner("web"))])[0];

        Assert.Equal(outcome, $"{result.Outcome}");
    }

    [Fact]
    public void Only_the_owner_changes_and_deletes_an_exposure()
    {
        var (web, late) = (new ServiceOwner("shop", "web"), new ServiceOwner("shop", "late"));
        foreach (var (owner, by) in new (ServiceOwner?, ServiceOwner?)[] { (web, null), (web, late), (null, web) })
        {
            foreach (var change in new[] { Change("svc", 2001), new ExposureChange("svc", null, Precondition.None) })
            {
                var result = Assert.Single(Owned("svc", owner, budget: 2).Decide([change with { Owner = by }]));
                Assert.Equal(PutOutcome.OwnedByOther, result.Outcome);
                Assert.Contains(owner is null ? "no Service" : "Service shop/web", result.Detail, StringComparison.Ordinal);
            }
        }

        Assert.Equal(PutOutcome.Updated, Assert.Single(Owned("svc", web, 2).Decide([Change("svc", 2001) with { Owner = web }])).Outcome);
    }

    /// <summary>All server names of a port are one document of the state, also as part of a batch.</summary>
    [Fact]
    public void A_port_whose_server_names_fill_a_document_takes_no_more()
    {
        const string Thing = "port|external|9443";
        var many = Tls("", "") with { SniHosts = Hosts("many", 14_420) };
        var decision = new ClaimDecision(
            Cluster,
            new Dictionary<string, ExposureDocument> { ["many"] = new(many, Metadata.Next(null, "", "many", Now), 1) },
            new Dictionary<string, ClaimDocument>
            {
                [Thing] = new(new Dictionary<string, IReadOnlyList<string>> { ["many"] = many.SniHosts }),
            },
            2,
            1,
            2,
            Now
        );

        var results = decision.Decide([
            new ExposureChange("fits", Tls("", "") with { SniHosts = Hosts("fits", 50) }, Precondition.None),
            new ExposureChange("more", Tls("", "") with { SniHosts = Hosts("more", 50) }, Precondition.None),
            new ExposureChange("many", many with { AllowedSources = ["10.0.0.0/8"] }, Precondition.None),
        ]);

        Assert.Equal([PutOutcome.Created, PutOutcome.Taken, PutOutcome.Updated], results.Select(result => result.Outcome));
        Assert.Equal("/spec/port", results[1].Pointer);
        Assert.Contains("14470 names of 2 exposures fill it. Choose another port.", results[1].Detail, StringComparison.Ordinal);
        var part = new JournalPart([.. decision.Writes], null, Now);
        Assert.InRange(MeshPortJson.Write(part).Length, StateChange.MostCharacters - 8192, StateChange.MostCharacters);

        static IReadOnlyList<string> Hosts(string name, int count) =>
            [.. Enumerable.Range(0, count).Select(number => $"{name}-{number:00000}.service.example.com")];
    }

    private static ServiceOwner? Owner(string? service) => service is null ? null : new ServiceOwner("shop", service);

    private static ExposureSpec Tls(string host, string source) =>
        Exposure(9443) with
        {
            Protocol = ExposureProtocol.Tls,
            SniHosts = [host],
            AllowedSources = source.Length == 0 ? [] : [source],
        };

    private static ExposureSpec Shared(string host, string source) => Tls(host, source) with { OnlyPort = GatewayPort.Shared };

    /// <summary>An exposure on port 2000 with an owner.</summary>
    private static ClaimDecision Owned(string name, ServiceOwner? owner, int budget)
    {
        var documents = Documents((name, 2000));
        var metadata = documents[name].Metadata with { Owner = owner };
        return Of([(name, 2000)], budget, new() { [name] = documents[name] with { Metadata = metadata } });
    }

    private static ClaimDecision Of((string Name, int Port)[] there, int budget, Dictionary<string, ExposureDocument>? documents = null) =>
        new(
            Cluster,
            documents ?? Documents(there),
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

    private static ExposureSpec Range(string ports) =>
        Exposure(1) with
        {
            OnlyPort = null,
            Ports = [PortRange.Parse(ports) ?? throw new ArgumentException(ports)],
        };

    private static Dictionary<string, IReadOnlyList<string>> Held(string holder) => new(StringComparer.Ordinal) { [holder] = [] };

    private static string Outcomes(ClaimDecision decision, string changes) =>
        string.Join(
            ' ',
            decision
                .Decide([
                    .. changes
                        .Split(' ')
                        .Select(change => Change(change.Split(':')[0], int.Parse(change.Split(':')[1], CultureInfo.InvariantCulture))),
                ])
                .Select(result => result.Outcome)
        );

    private static IEnumerable<string> Holders(ClaimDecision decision) =>
        decision
            .Writes.Where(write => write.Body is not null)
            .SelectMany(write =>
                MeshPortJson.Read<ClaimDocument>(write.Body ?? "").Holders.Keys.Select(holder => $"{holder}:{write.Key.Split('|')[^1]}")
            )
            .Order(StringComparer.Ordinal);

    private static ExposureChange Change(string name, int port) => new(name, Exposure(port), Precondition.None);

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] };
}
