using Azure.Storage.Queues.Models;
using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;
using MeshPort.Validation;

namespace MeshPort.Messages;

/// <summary>
/// Handles messages with exposures: accepts a message whole or rejects it whole. An invalid message goes to the poison queue at once, with
/// the reasons. An exception (the state store is busy or unavailable) leaves the message to the trigger, which retries every half minute
/// for an hour (host.json), so an outage does not reject valid messages.
/// </summary>
internal sealed partial class ExposureQueue(
    ExposureRequests exposures,
    ExposureScope scope,
    AccessOptions access,
    Rejections rejections,
    TimeProvider time,
    ILogger<ExposureQueue> logger
)
{
    public const string Name = "meshport-exposures";
    public const string Poison = $"{Name}-poison";

    /// <returns>The message for the poison queue; null when the message was accepted.</returns>
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

    /// <returns>The reasons of a rejection; empty when the message was accepted.</returns>
    private async Task<IReadOnlyList<FieldError>> AcceptAsync(
        ClusterId cluster,
        ExposureMessage message,
        Requester by,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        // Senders of the queue are operators.
        var forbidden = access.Operator.Allows(cluster)
            ? (await scope.FindRefusalsAsync(access.Operator, cluster, message.Batch.Changes, cancellationToken))
                .Select(refusal => message.Batch.At(refusal.Index, refusal.Error))
                .ToList()
            :
            [
                new FieldError(
                    "/cluster",
                    AllowList.NotAllowed,
                    $"The settings do not allow operators to access clusters of resource group {cluster.ResourceGroup} "
                        + $"in subscription {cluster.SubscriptionId}."
                ),
            ];
        if (forbidden.Count > 0)
        {
            return forbidden;
        }

        var batch = message.Batch.Of(access.Operator);
        var result = await exposures.ChangeAsync(cluster, batch.Changes, partial: false, by, cancellationToken);
        if (result.Refusal is { } refusal)
        {
            return
            [
                new FieldError(
                    "/cluster",
                    refusal.ToString(),
                    refusal == PutOutcome.BeingDeleted
                        ? ClusterDecision.BeingDeleted(cluster)
                        : $"Cluster {cluster.Name} does not exist. PUT it first."
                ),
            ];
        }

        var refused = result
            .Items.Index()
            .Where(item => item.Item.Result is { IsRefused: true, Outcome: not PutOutcome.HeldBack })
            .ToList();
        if (refused.Count == 0)
        {
            // Also for a repeated message: the first attempt may have died before this line.
            await Keeper.WakeAsync(durable, cluster, cancellationToken);
        }

        return refused.ConvertAll(item =>
            message.Batch.At(
                item.Index,
                new FieldError(item.Item.Result.Pointer, item.Item.Result.Outcome.ToString(), item.Item.Result.Detail ?? "")
            )
        );
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
        Log.Rejected(logger, message.MessageId, errors.Count, rejection.Errors[0].Code, rejection.Errors[0].Pointer);
        return MessageText.Encode(PoisonMessage.Write(rejection, MessageText.Decode(message.Body).Span));
    }

    private static partial class Log
    {
        // Not the detail, which quotes the field: it may be a secret, and logs go where specs do not.
        [LoggerMessage(LogLevel.Warning, "Rejected message {Message}, number of errors: {Count}, first error: {Code} at '{Pointer}'")]
        public static partial void Rejected(ILogger logger, string message, int count, string code, string pointer);
    }
}
