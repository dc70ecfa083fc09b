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
/// the reasons. A message that returns after it was accepted is not applied again, since a newer request may have replaced its changes. One
/// that returns after it was rejected is rejected again. An exception (the state store is busy or unavailable) leaves the message to the
/// trigger, which retries every half minute for an hour (host.json), so an outage does not reject valid messages.
/// </summary>
internal sealed partial class ExposureQueue(
    ExposureRequests exposures,
    Operations operations,
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
        if (message.InsertedOn is { } inserted && await rejections.FindAsync(message.MessageId, inserted, cancellationToken) is { } earlier)
        {
            return Write(earlier, message);
        }

        var read = ExposureMessage.Read(MessageText.Decode(message.Body));
        IReadOnlyList<FieldError> refusals = read is { Errors.Count: 0, Cluster: { } cluster }
            ? await HandleAsync(cluster, read, message, durable, cancellationToken)
            : read.Errors;
        return refusals.Count == 0 ? null : await RefuseAsync(message, read.Cluster, refusals, cancellationToken);
    }

    /// <returns>The reasons of a rejection; empty when the message was accepted.</returns>
    private async Task<IReadOnlyList<FieldError>> HandleAsync(
        ClusterId cluster,
        ExposureMessage read,
        QueueMessage message,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        var operation = OperationDocument.IdOfMessage(message.MessageId, message.InsertedOn ?? DateTimeOffset.UnixEpoch);

        // Before all rules, which may have changed since the message was accepted.
        if (await operations.FindAsync(cluster, operation, cancellationToken) is null)
        {
            var by = new Requester(RequestTrigger.Queue, null, message.MessageId);
            var (isStored, refusals) = await AcceptAsync(cluster, read, operation, by, cancellationToken);
            if (!isStored)
            {
                return refusals;
            }
        }

        // Also for a message that returns: the first attempt may have died before this line.
        await Keeper.WakeAsync(durable, cluster, cancellationToken);
        return [];
    }

    /// <returns>Whether the keeper has work. If not: the reasons of a rejection; empty when the message asks for what exists.</returns>
    private async Task<(bool IsStored, IReadOnlyList<FieldError> Refusals)> AcceptAsync(
        ClusterId cluster,
        ExposureMessage message,
        string operation,
        Requester by,
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
            return (false, forbidden);
        }

        var batch = message.Batch.Of(access.Operator);
        var result = await exposures.ChangeOnceAsync(cluster, batch.Changes, operation, by, cancellationToken);
        if (result.Refusal is { } refusal)
        {
            var impossible = new FieldError(
                "/cluster",
                refusal.ToString(),
                refusal == PutOutcome.BeingDeleted
                    ? ClusterDecision.BeingDeleted(cluster)
                    : $"Cluster {cluster.Name} does not exist. PUT it first."
            );
            return (false, [impossible]);
        }

        List<FieldError> refused =
        [
            .. result
                .Items.Index()
                .Where(item => item.Item.Result is { IsRefused: true, Outcome: not PutOutcome.HeldBack })
                .Select(item =>
                    message.Batch.At(
                        item.Index,
                        new FieldError(item.Item.Result.Pointer, item.Item.Result.Outcome.ToString(), item.Item.Result.Detail ?? "")
                    )
                ),
        ];
        return (result.OperationId is not null, refused);
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
        return Write(rejection, message);
    }

    private static string Write(Rejection rejection, QueueMessage message) =>
        MessageText.Encode(PoisonMessage.Write(rejection, MessageText.Decode(message.Body).Span));

    private static partial class Log
    {
        // Not the detail, which quotes the field: it may be a secret, and logs go where specs do not.
        [LoggerMessage(LogLevel.Warning, "Rejected message {Message}, number of errors: {Count}, first error: {Code} at '{Pointer}'")]
        public static partial void Rejected(ILogger logger, string message, int count, string code, string pointer);
    }
}
