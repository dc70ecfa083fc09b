using Azure.Storage.Queues.Models;
using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Messages;

/// <summary>
/// Exposures by queue: a message is accepted whole or refused whole. One that no repetition would mend goes to the poison queue at once, with the reasons; what is thrown
/// (State that is busy or away) leaves the message to the trigger, which tries it again every half minute for an hour (host.json), so that no outage makes a good message poison.
/// </summary>
internal sealed partial class ExposureQueue(
    ExposureStore exposures,
    ExposureScope scope,
    AccessOptions access,
    Rejections rejections,
    TimeProvider time,
    ILogger<ExposureQueue> logger
)
{
    public const string Name = "meshport-exposures";
    public const string Poison = $"{Name}-poison";

    /// <returns>What goes to the poison queue; null when the message was accepted.</returns>
    [Function(nameof(ExposureQueue))]
    [QueueOutput(Poison)]
    public async Task<string?> RunAsync(
        [QueueTrigger(Name)] QueueMessage message,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        Instruments.Waited(message.InsertedOn is { } sent ? time.GetUtcNow() - sent : TimeSpan.Zero);
        using var scope = Correlation.Begin(logger, message.MessageId);
        var read = ExposureMessage.Read(MessageText.Decode(message.Body));
        IReadOnlyList<FieldError> refusals = read is { Errors.Count: 0, Cluster: { } cluster }
            ? await AcceptAsync(cluster, read, new Requester(RequestTrigger.Queue, null, message.MessageId), durable, cancellationToken)
            : read.Errors;
        return refusals.Count == 0 ? null : await RefuseAsync(message, read.Cluster, refusals, cancellationToken);
    }

    /// <returns>Why nothing of it was accepted; empty when all was.</returns>
    private async Task<IReadOnlyList<FieldError>> AcceptAsync(
        ClusterId cluster,
        ExposureMessage message,
        Requester by,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        // Whoever may write to the queue is an operator.
        var forbidden = access.Operator.Allows(cluster)
            ? (await scope.FindRefusalsAsync(access.Operator, cluster, message.Wishes, cancellationToken))
                .Select(refusal => refusal.Error with { Pointer = $"{message.Pointer(refusal.Index)}{refusal.Error.Pointer}" })
                .ToList()
            :
            [
                new FieldError(
                    "/cluster",
                    AllowList.NotAllowed,
                    $"The settings do not let operators touch clusters of resource group {cluster.ResourceGroup} in subscription {cluster.SubscriptionId}."
                ),
            ];
        if (forbidden.Count > 0)
        {
            return forbidden;
        }

        var result = await exposures.ChangeAsync(cluster, message.Wishes, partial: false, by, cancellationToken);
        if (result.Refusal is { } refusal)
        {
            return
            [
                new FieldError(
                    "/cluster",
                    refusal.ToString(),
                    refusal == PutOutcome.BeingDeleted
                        ? $"Cluster {cluster.Name} is being removed; PUT it again when it is gone."
                        : $"Cluster {cluster.Name} is not known to MeshPort; PUT it first."
                ),
            ];
        }

        var refused = result
            .Items.Index()
            .Where(item => item.Item.Result is { IsRefused: true, Outcome: not PutOutcome.HeldBack })
            .ToList();
        if (refused.Count == 0)
        {
            await Keeper.WakeAsync(durable, cluster, cancellationToken); // also for a message that comes again: the first time may have ended before this line
        }

        return refused.ConvertAll(item => new FieldError(
            $"{message.Pointer(item.Index)}{item.Item.Result.Pointer}",
            item.Item.Result.Outcome.ToString(),
            item.Item.Result.Detail ?? ""
        ));
    }

    private async Task<string> RefuseAsync(
        QueueMessage message,
        ClusterId? cluster,
        IReadOnlyList<FieldError> errors,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var rejection = PoisonMessage.Record(message.MessageId, message.InsertedOn ?? now, now, cluster, errors);
        await rejections.AddAsync(rejection, cancellationToken);
        Instruments.MessageRejected(errors[0].Code);
        Log.Rejected(logger, message.MessageId, errors.Count, errors[0].Detail);
        return MessageText.Encode(PoisonMessage.Write(rejection, MessageText.Decode(message.Body).Span));
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Message {Message} was refused for {Count} reason(s): {First}")]
        public static partial void Rejected(ILogger logger, string message, int count, string first);
    }
}
