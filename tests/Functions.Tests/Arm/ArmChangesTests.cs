using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Arm;

/// <summary>The requests and records of a plan, in their order.</summary>
public sealed class ArmChangesTests : IDisposable
{
    private const string Group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g";
    private static readonly StepResult Finished = StepResult.Done(Observation.True(Reasons.AsDesired, "Done."));
    private static readonly StepResult Waiting = StepResult.AskAgain(Reasons.Pending, "Being made.");
    private readonly Wire _azure = new();
    private ResourceStatus _status = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_are_sent_in_order_up_to_the_first_that_must_finish()
    {
        _azure.RetryAfter = "7";

        var outcome = await ApplyAsync(Put("one"), Put("two") with { Then = Waiting }, Put("three"));

        Assert.Equal(["PUT one", "PUT two"], _azure.Log);
        Assert.Equal(Waiting with { RetryAfter = TimeSpan.FromSeconds(7) }, outcome.Result);
        Assert.NotNull(outcome.Accepted);
    }

    [Fact]
    public async Task A_plan_whose_changes_are_all_made_reports_its_result()
    {
        var outcome = await ApplyAsync(Put("one"));

        Assert.Equal(Finished, outcome.Result);
        Assert.Null(outcome.Accepted);
    }

    [Fact]
    public async Task Each_verb_and_condition_reaches_the_wire()
    {
        await ApplyAsync(
            Put("new") with
            {
                MustBeNew = true,
            },
            Put("known") with
            {
                IfMatch = "tag-1",
            },
            ArmChange.Delete(Id("gone"), "v1", ""),
            Put("feature") with
            {
                Verb = ArmVerb.Register,
            }
        );

        Assert.Equal(["PUT new If-None-Match: *", "PUT known If-Match: \"tag-1\"", "DELETE gone", "POST feature/register"], _azure.Log);
    }

    [Fact]
    public async Task A_resource_without_tags_is_noted_before_it_is_made_and_taken_out_after_it_is_deleted()
    {
        _azure.Refuses["PUT subnet"] = (HttpStatusCode.ServiceUnavailable, "Busy");
        await Assert.ThrowsAsync<ArmWriteException>(() => ApplyAsync(Put("subnet") with { IsMarked = true }));
        Assert.Equal([Id("subnet")], _status.Made);

        _azure.Refuses["DELETE subnet"] = (HttpStatusCode.ServiceUnavailable, "Busy");
        var delete = ArmChange.Delete(Id("subnet"), "v1", "") with { IsMarked = true };
        await Assert.ThrowsAsync<ArmWriteException>(() => ApplyAsync(delete));
        Assert.Equal([Id("subnet")], _status.Made);

        _azure.Refuses.Clear();
        await ApplyAsync(delete);
        Assert.Empty(_status.Made);
    }

    [Fact]
    public async Task A_resource_that_Azure_refuses_to_make_is_not_noted_and_one_that_it_refuses_to_delete_stays_noted()
    {
        _azure.Refuses["PUT role"] = _azure.Refuses["DELETE role"] = (HttpStatusCode.Forbidden, "AuthorizationFailed");
        IReadOnlyList<ArmTolerance> tolerates = [new ArmTolerance("403", "not allowed")];

        await ApplyAsync(Put("role") with { IsMarked = true, Tolerates = tolerates });
        Assert.Empty(_status.Made);

        _status = _status.Making(Id("role"));
        var outcome = await ApplyAsync(ArmChange.Delete(Id("role"), "v1", "") with { IsMarked = true, Tolerates = tolerates });
        Assert.Equal([Id("role")], _status.Made);
        Assert.Equal((Finished, "not allowed"), (outcome.Result, outcome.Notes.Single()));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "InvalidParameter", true)]
    [InlineData(HttpStatusCode.Forbidden, "RequestDisallowedByPolicy", true)]
    [InlineData(HttpStatusCode.Conflict, "ScopeLocked", true)]
    [InlineData(HttpStatusCode.Conflict, "AnotherOperationInProgress", false)]
    [InlineData(HttpStatusCode.RequestTimeout, "RequestTimeout", false)]
    [InlineData(HttpStatusCode.TooManyRequests, "TooManyRequests", false)]
    [InlineData(HttpStatusCode.InternalServerError, "InternalServerError", false)]
    public async Task A_resource_that_Azure_refuses_for_good_is_not_noted(HttpStatusCode status, string code, bool isRefused)
    {
        _azure.Refuses["PUT subnet"] = (status, code);

        await Assert.ThrowsAsync<ArmWriteException>(() => ApplyAsync(Put("subnet") with { IsMarked = true }));

        Assert.Equal(isRefused ? [] : [Id("subnet")], _status.Made);
    }

    [Theory]
    [InlineData("InUse", "vnet")]
    [InlineData("409", "vnet")]
    [InlineData("InUse", null)]
    public async Task A_tolerated_refusal_is_noted_and_does_not_end_the_pass(string refusal, string? note)
    {
        _azure.Refuses["PUT one"] = (HttpStatusCode.Conflict, "InUse");

        var outcome = await ApplyAsync(Put("one") with { Tolerates = [new ArmTolerance(refusal, note)], Then = Waiting }, Put("two"));

        Assert.Equal(["PUT one", "PUT two"], _azure.Log);
        Assert.Equal((Finished, note), (outcome.Result, outcome.Notes.SingleOrDefault()));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public async Task The_history_records_repaired_drift(long generation, bool isDrift)
    {
        _status = _status.With(ConditionTypes.ClusterReady, Observation.True(Reasons.AsDesired, ""), generation, default);
        var before = _status.History.Count;

        await ApplyAsync(Put("one") with { Repair = new ArmRepair(ConditionTypes.ClusterReady, "ManagedCluster c", "It was gone.") });

        Assert.Equal(isDrift ? 1 : 0, _status.History.Count - before);
    }

    public void Dispose() => _azure.Dispose();

    private static string Id(string name) => $"{Group}/providers/Microsoft.Network/virtualNetworks/{name}";

    private static ArmChange Put(string name) => ArmChange.Create(Id(name), "v1", "", []);

    private Task<ArmOutcome> ApplyAsync(params IReadOnlyList<ArmChange> changes)
    {
        var options = new ArmClientOptions { Transport = new HttpClientTransport(_azure) };
        options.Retry.MaxRetries = 0;
        return ArmChanges.ApplyAsync(
            new ArmClient(new NoCredential(), default, options),
            new StepPlan<ArmChange>(changes, Finished, []),
            generation: 3,
            change =>
            {
                _status = change(_status, default);
                return Task.CompletedTask;
            },
            Token
        );
    }

    private sealed class Wire : HttpMessageHandler
    {
        public List<string> Log { get; } = [];

        public Dictionary<string, (HttpStatusCode Status, string Code)> Refuses { get; } = [];

        public string? RetryAfter { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var call = $"{request.Method} {request.RequestUri?.AbsolutePath.Split("/virtualNetworks/")[^1]}";
            var conditions = request.Headers.Where(header => header.Key.StartsWith("If-", StringComparison.Ordinal));
            Log.Add(string.Join(' ', [call, .. conditions.Select(header => $"{header.Key}: {string.Join(',', header.Value)}")]));
            var (status, code) = Refuses.GetValueOrDefault(call, (HttpStatusCode.OK, ""));
            var answer = new HttpResponseMessage(status)
            {
                Content = new StringContent($$$"""{"error":{"code":"{{{code}}}","message":""}}"""),
            };
            if (RetryAfter is not null)
            {
                answer.Headers.TryAddWithoutValidation("Retry-After", RetryAfter);
            }

            return Task.FromResult(answer);
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
