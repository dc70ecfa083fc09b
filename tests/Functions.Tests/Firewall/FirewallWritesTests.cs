using System.Net;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using MeshPort.Firewall;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Kubernetes;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Firewall;

/// <summary>The writes of a plan for a security group, and the exposures that a refusal of Azure concerns.</summary>
public sealed class FirewallWritesTests : IDisposable
{
    private static readonly string Prefix = FirewallPlan.Prefix("here", PlanCase.Cluster);
    private static readonly ResourceIdentifier Guard = new(
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/guard"
    );

    private readonly Wire _azure = new();

    [Fact]
    public async Task A_refused_rule_concerns_only_its_exposures()
    {
        var plan = Plan([Exposure("a", 9000, "10.1.0.0/16"), Exposure("b", 9001, "10.2.0.0/16")], Rule("old", "Allow", "9002"));
        var (ofA, ofB) = (Allow(plan, "a"), Allow(plan, "b"));
        _azure.Refuses[$"PUT {ofA}"] = (HttpStatusCode.BadRequest, "SecurityRuleInvalidAddressPrefix");

        var after = plan.After(await ApplyAsync(plan));

        Assert.Equal([$"DELETE {Prefix}old", $"PUT {ofA}", $"PUT {ofB}"], _azure.Log.Order(StringComparer.Ordinal));
        Assert.Equal((ConditionStatus.False, Reasons.AzureRefused), Result(after, "a", 9000));
        Assert.Equal((ConditionStatus.True, Reasons.AsDesired), Result(after, "b", 9001));
        Assert.Equal([ofB], after.Puts.Select(rule => rule.Name)); // a refused rule is no repair
    }

    [Fact]
    public void The_forty_first_exposure_with_a_hundred_sources_has_no_room_and_the_others_stay_open()
    {
        var before = Plan([.. Enumerable.Range(0, 40).Select(WithHundredSources)]);
        var rules = before
            .Puts.Select(rule =>
            {
                var known = rule.Body.DeepClone().AsObject();
                known["name"] = rule.Name;
                return known;
            })
            .ToList();

        var plan = Plan([.. Enumerable.Range(0, 41).Select(WithHundredSources)], rules);

        Assert.Equal(40, before.Puts.Count);
        Assert.Empty(plan.Puts);
        Assert.Equal((ConditionStatus.False, Reasons.FirewallFull), Result(plan, "e40", 9040));
        Assert.All(
            Enumerable.Range(0, 40),
            number => Assert.Equal((ConditionStatus.True, Reasons.AsDesired), Result(plan, $"e{number}", 9000 + number))
        );

        static NamedExposure WithHundredSources(int number) =>
            Exposure($"e{number}", 9000 + number, [.. Enumerable.Range(0, 100).Select(source => $"10.{number}.{source}.0/24")]);
    }

    [Fact]
    public async Task A_policy_that_forbids_a_rule_concerns_only_its_exposures()
    {
        var plan = Plan([Exposure("a", 9000), Exposure("b", 9001, "10.2.0.0/16")]);
        _azure.Refuses[$"PUT {Allow(plan, "a")}"] = (HttpStatusCode.Forbidden, "RequestDisallowedByPolicy");

        var after = plan.After(await ApplyAsync(plan));

        Assert.Equal((ConditionStatus.False, Reasons.PolicyDenied), Result(after, "a", 9000));
        Assert.Equal((ConditionStatus.True, Reasons.AsDesired), Result(after, "b", 9001));
    }

    [Theory]
    [InlineData(429, "TooManyRequests")]
    [InlineData(403, "AuthorizationFailed")]
    [InlineData(401, "InvalidAuthenticationToken")]
    [InlineData(404, "ResourceNotFound")]
    [InlineData(409, "AnotherOperationInProgress")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task An_error_that_other_rules_would_meet_too_ends_the_step(int status, string code)
    {
        var plan = Plan([Exposure("a", 9000), Exposure("b", 9001, "10.2.0.0/16")]);
        var first = plan.Writes.First().Name;
        _azure.Refuses[$"PUT {first}"] = ((HttpStatusCode)status, code);

        var error = await Assert.ThrowsAnyAsync<RequestFailedException>(() => ApplyAsync(plan));

        Assert.Equal(status, error.Status);
        Assert.Equal([$"PUT {first}"], _azure.Log);
    }

    [Fact]
    public async Task A_rule_that_denies_comes_before_those_that_open_more_without_it()
    {
        var plan = NewSources();

        await ApplyAsync(plan);

        var allow = Allow(plan, "a");
        Assert.Equal([$"PUT {allow}-others", $"PUT {allow}", $"DELETE {Prefix}old", $"DELETE {Prefix}old-others"], _azure.Log);
    }

    [Fact]
    public async Task Without_a_rule_that_denies_nothing_is_more_open_than_before()
    {
        var plan = NewSources();
        var deny = $"{Allow(plan, "a")}-others";
        _azure.Refuses[$"PUT {deny}"] = (HttpStatusCode.BadRequest, "Bad");

        var after = plan.After(await ApplyAsync(plan));

        // The earlier rule still denies, and the new one allows nothing.
        Assert.Equal([$"PUT {deny}", $"DELETE {Prefix}old"], _azure.Log);
        Assert.Equal((ConditionStatus.False, Reasons.AzureRefused), Result(after, "a", 9000));
        Assert.Contains(deny, after.ResultOf(Exposure("a", 9000, "10.1.0.0/16")).Observation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_is_not_written_lets_nobody_through()
    {
        var deny = Rule("old-others", "Deny", "9005"); // port 443 has no rule that denies
        var plan = Plan([Exposure("a", 9000, "10.1.0.0/16"), Exposure("shared", GatewayPort.Shared, "10.1.0.0/16")], deny);
        _azure.Refuses[$"PUT {Allow(plan, "a")}-others"] = (HttpStatusCode.BadRequest, "Bad");

        var after = plan.After(await ApplyAsync(plan));

        Assert.Empty(after.Puts);
        Assert.Equal((ConditionStatus.False, Reasons.AzureRefused), Result(after, "shared", GatewayPort.Shared));
    }

    [Fact]
    public async Task A_wider_rule_that_Azure_does_not_delete_is_not_told_as_a_wait()
    {
        var plan = NewSources();
        _azure.Refuses[$"DELETE {Prefix}old"] = (HttpStatusCode.Conflict, "ScopeLocked");

        var after = plan.After(await ApplyAsync(plan));

        Assert.Equal((ConditionStatus.False, Reasons.ResourceLocked), Result(after, "a", 9000));
    }

    [Fact]
    public async Task A_refused_rule_that_denies_keeps_its_port_from_opening()
    {
        var plan = NewSources();
        var deny = plan.Puts.Single(rule => rule.IsDeny).Name;
        _azure.Refuses[$"PUT {deny}"] = (HttpStatusCode.Forbidden, "RequestDisallowedByPolicy");

        var refused = await ApplyAsync(plan.BeforeOpening);

        Assert.Equal([$"PUT {deny}"], _azure.Log);
        Assert.Equal(Reasons.PolicyDenied, plan.FindUnguarded("a", refused)?.Observation.Reason);
        Assert.Null(plan.FindUnguarded("a", new Dictionary<string, Observation>()));
    }

    public void Dispose() => _azure.Dispose();

    /// <summary>The exposure has other sources than the rules of the group, which allow and deny.</summary>
    private static FirewallPlan NewSources() =>
        Plan([Exposure("a", 9000, "10.1.0.0/16")], Rule("old", "Allow", "9000"), Rule("old-others", "Deny", "9000"));

    /// <summary>Without rules that deny, no exposure needs one.</summary>
    private static FirewallPlan Plan(IReadOnlyList<NamedExposure> exposures, params IReadOnlyList<JsonObject> rules) =>
        FirewallPlan.Of(
            new FirewallSnapshot(
                Guard,
                new JsonObject
                {
                    ["name"] = "guard",
                    ["properties"] = new JsonObject { ["securityRules"] = new JsonArray([.. rules]) },
                },
                Prefix
            ),
            exposures,
            new ClusterSpec
            {
                Location = "eastus2",
                Strategy = rules.Any(SecurityRule.IsDeny) ? Strategy.ManagedService : Strategy.CompanionService,
                Network = new NetworkSpec(null, null, null, null, "guard", "subnet"),
            },
            new ResourceStatus(),
            ClusterObjects.None
        );

    private static string Allow(FirewallPlan plan, string exposure) =>
        plan.Puts.Single(rule => !rule.IsDeny && rule.Exposures.Any(one => one.Name == exposure)).Name;

    private static (ConditionStatus Status, string Reason) Result(FirewallPlan plan, string exposure, int port) =>
        plan.ResultOf(Exposure(exposure, port)).Observation is var found ? (found.Status, found.Reason) : default;

    private static NamedExposure Exposure(string name, int port, params IReadOnlyList<string> sources) =>
        new NamedExposure(
            name,
            1,
            new ExposureSpec
            {
                Port = port,
                Backends = [],
                AllowedSources = sources,
            }
        ).At("20.0.0.1");

    private static JsonObject Rule(string name, string access, string port) =>
        new()
        {
            ["name"] = Prefix + name,
            ["properties"] = new JsonObject
            {
                ["priority"] = access == "Allow" ? 500 : 501,
                ["direction"] = "Inbound",
                ["access"] = access,
                ["protocol"] = "Tcp",
                ["sourcePortRange"] = "*",
                ["destinationAddressPrefix"] = "20.0.0.1",
                ["destinationPortRanges"] = new JsonArray(port),
                ["sourceAddressPrefix"] = access == "Allow" ? "10.9.0.0/16" : "*",
            },
        };

    private Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(FirewallPlan plan)
    {
        var options = new ArmClientOptions { Transport = new HttpClientTransport(_azure) };
        options.Retry.MaxRetries = 0;
        return FirewallWrites.ApplyAsync(
            new ArmClient(new NoCredential(), default, options),
            Guard,
            plan,
            TestContext.Current.CancellationToken
        );
    }

    private sealed class Wire : HttpMessageHandler
    {
        public List<string> Log { get; } = [];

        public Dictionary<string, (HttpStatusCode Status, string Code)> Refuses { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var call = $"{request.Method} {request.RequestUri?.Segments[^1]}";
            Log.Add(call);
            var (status, code) = Refuses.GetValueOrDefault(call, (HttpStatusCode.OK, ""));
            return Task.FromResult(
                new HttpResponseMessage(status) { Content = new StringContent($$$"""{"error":{"code":"{{{code}}}","message":"No."}}""") }
            );
        }
    }

    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("none", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
