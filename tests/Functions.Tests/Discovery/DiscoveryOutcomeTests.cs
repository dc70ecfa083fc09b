using MeshPort.Discovery;
using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.Discovery;

/// <summary>The answers to a Service that asks for port 9000, by the result of its request.</summary>
public sealed class DiscoveryOutcomeTests
{
    private const string Name = "web-9000";

    private static readonly ExposureSpec Spec = new() { Port = 9000, Backends = [new BackendSpec("web", "shop", 7000, 100)] };

    private static ServiceOwner Owner => new("shop", "web");

    [Theory]
    [InlineData(nameof(PutOutcome.Taken), false, false, "Refused PortTaken")]
    [InlineData(nameof(PutOutcome.Taken), false, true, "Refused PortTaken")]
    [InlineData(nameof(PutOutcome.Taken), true, true, "Pending Waiting")]
    [InlineData(nameof(PutOutcome.OwnedByOther), false, true, "Refused NameTaken")]
    [InlineData(nameof(PutOutcome.BeingDeleted), true, true, "Pending Waiting")]
    [InlineData(nameof(PutOutcome.NoRoom), false, false, "Refused BudgetExceeded")]
    [InlineData(nameof(PutOutcome.NoRoom), false, true, "Pending Waiting")]
    public void A_refusal_is_pending_only_where_a_deletion_ends_it(string refused, bool waits, bool isAnotherDeleted, string answer)
    {
        var other = Exposure("other", isDeleted: isAnotherDeleted);

        var outcome = Of(Refused(Enum.Parse<PutOutcome>(refused)) with { Waits = waits }, other);

        var line = Line(outcome);
        Assert.Equal(answer, $"{line.State} {line.Reason}");
        Assert.Equal(line.State == AnswerState.Pending, outcome.Waits);
    }

    [Fact]
    public void A_refused_change_tells_that_the_earlier_port_stays_open()
    {
        var refused = Refused(PutOutcome.Taken);

        Assert.Equal("It is refused.", Line(Of(refused)).Message);
        Assert.Equal("It is refused.", Line(Of(refused, Exposure(Name))).Message);
        Assert.Equal(
            "It is refused. The port of the last accepted annotations stays open.",
            Line(Of(refused, Exposure(Name, owner: Owner))).Message
        );
    }

    [Theory]
    [InlineData(null, """[{"port":9000,"state":"Ready","address":"203.0.113.7:9000"}]""")]
    [InlineData("shop.example", """[{"port":9000,"state":"Ready","address":"203.0.113.7:9000","hostname":"shop.example"}]""")]
    public void A_ready_port_has_the_address_and_its_DNS_name(string? hostname, string answer)
    {
        var exposure = Exposure(Name, owner: Owner);
        var status = exposure.Status with { Addresses = [new GatewayAddress(GatewayKind.External, "203.0.113.7", hostname)] };
        var ready = status.With(
            ConditionTypes.Ready,
            Observation.True(Reasons.AsDesired, "It is ready."),
            exposure.Metadata.Generation,
            DateTimeOffset.UnixEpoch
        );

        Assert.Equal(answer, ServiceAnswer.Write([Line(Of(null, exposure with { Status = ready }))], int.MaxValue));
    }

    private static AnswerLine Line(DiscoveryOutcome outcome) => Assert.Single(Assert.Single(outcome.Answers).Lines);

    private static PutResult<ExposureSpec> Refused(PutOutcome outcome) => new(outcome, null, Detail: "It is refused.");

    private static DiscoveryOutcome Of(PutResult<ExposureSpec>? result, params Resource<ExposureSpec>[] exposures) =>
        DiscoveryOutcome.Of(
            new DiscoveryPlan([], [new AskingService([], Owner, [new ServiceAsk(Name, Spec, null)])]),
            result is null ? [] : [new ExposureResult(Name, result)],
            exposures
        );

    private static Resource<ExposureSpec> Exposure(string name, bool isDeleted = false, ServiceOwner? owner = null) =>
        new(
            Spec,
            Metadata.Next(null, "", name, DateTimeOffset.UnixEpoch) with
            {
                Owner = owner,
                DeletedAt = isDeleted ? DateTimeOffset.UnixEpoch : null,
            },
            ResourceStatus.New(ConditionTypes.OfExposure, DateTimeOffset.UnixEpoch)
        );
}
