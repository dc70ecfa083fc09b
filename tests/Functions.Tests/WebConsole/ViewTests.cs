using System.Reflection;
using MeshPort.Access;
using MeshPort.Model;
using MeshPort.WebConsole;
using MeshPort.WebConsole.Pages;
using MeshPort.WebConsole.Views;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.WebConsole;

/// <summary>The pure parts of the console beside the path.</summary>
public sealed class ViewTests
{
    private const string Guid = "33333333-3333-4444-8444-333333333333";
    private const string OtherGuid = "55555555-3333-4444-8444-333333333333";
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Advice_comes_from_the_table_of_reasons_without_its_markup()
    {
        Assert.Equal("Change that rule.", ReasonAdvice.Find("FirewallConflict"));
        Assert.Equal("Run az aks start.", ReasonAdvice.Find("ClusterStopped"));
        Assert.EndsWith("set adopt.", ReasonAdvice.Find("PortTaken"), StringComparison.Ordinal);
        Assert.Equal("Wait.", ReasonAdvice.Find("Throttled"));
        Assert.Null(ReasonAdvice.Find("AsDesired"));
    }

    [Fact]
    public void Nearly_every_reason_has_advice()
    {
        var silent = typeof(Reasons)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.Name)
            .Where(reason => ReasonAdvice.Find(reason) is null);

        Assert.Equal(
            [
                "Adopted",
                "Answered",
                "AsDesired",
                "Connected",
                "NoSubnetFirewall",
                "NothingToDo",
                "Registered",
                "Registering",
                "Removed",
                "Repaired",
            ],
            silent.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(1, 0, 1, 0, 0)]
    [InlineData(1, 1000, 10, 1, 100)]
    [InlineData(10, 950, 10, 901, 950)]
    [InlineData(99, 950, 10, 901, 950)]
    public void A_page_is_cut_to_the_items_that_exist(int asked, int total, int count, int first, int last)
    {
        var paging = Paging.Clamp(asked, total, "/console/x?state=bad", 100);

        Assert.Equal((count, first, last), (paging.Count, paging.First, paging.Last));
        Assert.Equal(total == 0 ? 0 : last - first + 1, paging.Cut(Enumerable.Range(0, total)).Count());
        Assert.Equal(paging.Number > 1, paging.Previous is not null);
        Assert.Equal(paging.Number < count ? $"/console/x?state=bad&page={paging.Number + 1}" : null, paging.Next);
    }

    [Theory]
    [InlineData(null, null, null, null, true)]
    [InlineData(Tone.Unknown, 9000, GatewayKind.External, "TCPECHO", true)]
    [InlineData(null, null, null, "default/tcp", true)]
    [InlineData(null, null, null, "Pending", true)]
    [InlineData(Tone.Good, null, null, null, false)]
    [InlineData(null, 9001, null, null, false)]
    [InlineData(null, null, GatewayKind.Internal, null, false)]
    [InlineData(null, null, null, "other", false)]
    public void A_search_matches_when_every_part_does(Tone? state, int? port, GatewayKind? gateway, string? text, bool expected)
    {
        var exposure = new Resource<ExposureSpec>(
            new ExposureSpec { Port = 9000, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] },
            new Metadata("/api/x", "one", 1, "1-e", Now, Now),
            ResourceStatus.New(ConditionTypes.OfExposure, Now)
        );

        Assert.Equal(expected, new ExposureSearch(state, port, gateway, text).Matches(exposure));
    }

    [Fact]
    public void Repairs_are_counted_by_the_hour_of_the_last_day()
    {
        HistoryEntry[] entries =
        [
            new(Now.AddDays(-2), HistoryTypes.Repaired, null, "Repaired", ""),
            new(Now.AddHours(-23), HistoryTypes.Repaired, null, "Repaired", ""),
            new(Now, HistoryTypes.Repaired, null, "Repaired", ""),
            new(Now.AddMinutes(-30), HistoryTypes.PortReverted, null, "PortReverted", ""),
        ];

        var hours = DriftHours.Of(entries, Now);

        Assert.Equal((24, 2, 1), (hours.Count, hours.Sum(hour => hour.Repairs), hours.Sum(hour => hour.Reverts)));
        Assert.Equal((1, 1), (hours[0].Repairs, hours[^1].Repairs));
    }

    [Fact]
    public void A_probe_that_State_and_memory_know_is_shown_once()
    {
        var first = new ProbeResult(Now, "Answered", TimeSpan.FromMilliseconds(5));
        var status = new ResourceStatus { Probe = first };
        HistoryEntry[] history =
        [
            new(Now.AddSeconds(1), ConditionTypes.Reachable, ConditionStatus.True, "Answered", "", Latency: first.Latency),
        ];

        var probes = ProbeHistory.Of(
            status,
            history,
            [first, first with { At = Now.AddMinutes(1), Latency = TimeSpan.FromMilliseconds(7) }]
        );

        Assert.Equal([5, 7], probes.Select(probe => probe.Latency.TotalMilliseconds));
    }

    [Fact]
    public async Task A_rejected_message_is_shown_as_text()
    {
        const string attack = "<script>alert(1)</script>";
        await using var services = new ServiceCollection().BuildServiceProvider();
        var renderer = new PageRenderer(services, NullLoggerFactory.Instance, TimeProvider.System);
        var row = new RejectionRow("1", Now, attack, 2, [new FieldError($"/{attack}", "UnknownField", $"No field '{attack}'.")]);

        var html = await renderer.RenderAsync<RejectionListPage>(new RejectionListView(new Links(""), [row], HasMore: true));

        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Equal(3, html.Split("&lt;script&gt;").Length - 1);
        Assert.Contains("1 more error", html, StringComparison.Ordinal);
    }

    /// <summary>The script sends If-None-Match for an empty etag, and no condition without the attribute.</summary>
    [Fact]
    public async Task A_form_for_a_new_resource_has_an_empty_etag()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        var renderer = new PageRenderer(services, NullLoggerFactory.Instance, TimeProvider.System);
        var (links, cluster) = (new Links(""), new ClusterId("s", "g", "c"));
        var known = new Resource<ClusterSpec>(
            new ClusterSpec { Location = "eastus2" },
            new Metadata("/api/x", "c", 1, "1-e", Now, Now),
            ResourceStatus.New(ConditionTypes.OfCluster, Now)
        );

        foreach (
            var (view, expected) in new[]
            {
                (EditViews.NewCluster(links), "data-etag=\"\""),
                (EditViews.NewExposure(links, cluster), "data-etag=\"\""),
                (EditViews.Cluster(links, cluster, known), "data-etag=\"1-e\""),
            }
        )
        {
            Assert.Contains(expected, await renderer.RenderAsync<EditPage>(view), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Reasons.Waiting, "Not yet")]
    [InlineData(Reasons.IpFamilyNotProven, "Not known")]
    [InlineData(Reasons.NotReachableFromHere, "Not known")]
    [InlineData(Reasons.ConnectionTimedOut, "Fails so far")]
    public void A_reason_that_waiting_does_not_change_is_not_in_progress(string reason, string word)
    {
        var status = ResourceStatus.New(ConditionTypes.OfExposure, Now);
        var condition = status.With(ConditionTypes.Reachable, Observation.Unknown(reason, ""), 1, Now).Find(ConditionTypes.Reachable);

        Assert.Equal(word, Tones.Of(condition, 1).Word);
    }

    [Fact]
    public void Addresses_of_both_families_are_shown()
    {
        GatewayAddress[] addresses =
        [
            new(GatewayKind.External, "203.0.113.7", "a.example"),
            new(GatewayKind.Internal, "10.0.0.4"),
            new(GatewayKind.External, "2001:db8::7", "a.example"),
        ];
        var exposure = new Resource<ExposureSpec>(
            new ExposureSpec { Port = 9000, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] },
            new Metadata("/api/x", "one", 1, "1-e", Now, Now),
            ResourceStatus.New(ConditionTypes.OfExposure, Now) with
            {
                Addresses = addresses,
            }
        );

        Assert.Equal(["203.0.113.7:9000", "[2001:db8::7]:9000"], AddressTexts.Of(exposure));
        Assert.Equal(["port 9000"], AddressTexts.Of(exposure with { Status = exposure.Status with { Addresses = [] } }));
        Assert.Equal("203.0.113.7, 2001:db8::7, a.example", AddressTexts.Of(addresses, GatewayKind.External));
        Assert.Equal("no address yet", AddressTexts.Of([], GatewayKind.External));
    }

    [Theory]
    [InlineData("All of the last 2 probes failed.", Reasons.ConnectionTimedOut, Reasons.WrongAnswer)]
    [InlineData("Last 2 probes: 0 failed, 2 not known, newest not known.", Reasons.IpFamilyNotProven, Reasons.NotReachableFromHere)]
    [InlineData("Last 2 probes: 1 failed, slowest answer 1 ms, newest failed.", Reasons.Answered, Reasons.ConnectionReset)]
    [InlineData("Last 2 probes: 0 failed, 1 not known, slowest answer 2 ms, newest 2 ms.", Reasons.BackendNotProven, Reasons.Connected)]
    public void A_probe_that_proves_nothing_is_no_failure(string expected, string first, string second) =>
        Assert.Equal(
            expected,
            ProbeSummary.Of([
                new ProbeResult(Now, first, TimeSpan.FromMilliseconds(1)),
                new ProbeResult(Now, second, TimeSpan.FromMilliseconds(2)),
            ])
        );

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(Guid, "api://meshport", "api://meshport/.default")]
    [InlineData(Guid, OtherGuid, $"api://{OtherGuid}/.default")]
    public void The_console_asks_for_the_scope_of_the_audience(string? client, string? audience, string? scope) =>
        Assert.Equal(scope, Options(client, audience).Scope);

    [Theory]
    [InlineData("nonsense", "api://meshport", "'nonsense'")]
    [InlineData(Guid, null, "MeshPort:Access:Audience")]
    public void A_setting_of_the_console_that_cannot_work_is_refused(string client, string? audience, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InvalidOperationException>(() => Options(client, audience)).Message,
            StringComparison.Ordinal
        );

    private static ConsoleOptions Options(string? client, string? audience) =>
        ConsoleOptions.From(
            new ConfigurationBuilder()
                .AddInMemoryCollection(new Dictionary<string, string?> { ["MeshPort:Console:ClientId"] = client })
                .Build(),
            new AccessOptions { Audiences = audience is null ? [] : [audience], TenantId = "44444444-3333-4444-8444-333333333333" }
        );
}
