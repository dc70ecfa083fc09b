using System.Globalization;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Rejected queue messages with the reasons, because their senders get no answer. Newest first, kept for a week.</summary>
internal sealed class Rejections(IStateStore store, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Rejecting the same message again makes no second record.</summary>
    public Task AddAsync(Rejection rejection, CancellationToken cancellationToken) =>
        store.TryCommitAsync(Documents.Rejections, [StateChange.Put(Key(rejection), rejection)], cancellationToken);

    /// <returns>Null when the message was not rejected.</returns>
    public async Task<Rejection?> FindAsync(string id, DateTimeOffset sentAt, CancellationToken cancellationToken) =>
        (await store.FindAsync<Rejection>(Documents.Rejections, Key(id, sentAt), cancellationToken))?.Document;

    /// <param name="after">The key of the last rejection of the previous page; null for the first page.</param>
    public async Task<IReadOnlyList<Rejection>> ListAsync(string? after, int limit, CancellationToken cancellationToken) =>
        [
            .. (await store.ListAsync(Documents.Rejections, "", after, limit, cancellationToken)).Select(row =>
                MeshPortJson.Read<Rejection>(row.Body)
            ),
        ];

    public async Task ForgetOldAsync(CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow() - Kept;
        var kept = await store.ListAllAsync<Rejection>(Documents.Rejections, "", cancellationToken);
        await store.CommitAllAsync(
            Documents.Rejections,
            [.. kept.Where(rejection => rejection.Value.Document.SentAt < old).Select(rejection => StateChange.Delete(rejection.Key))],
            cancellationToken
        );
    }

    /// <summary>Sorts the newest rejection first.</summary>
    public static string Key(Rejection rejection) => Key(rejection.Id, rejection.SentAt);

    private static string Key(string id, DateTimeOffset sentAt) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.Ticks - sentAt.UtcTicks:D19}-{id}");
}

/// <param name="Id">The id of the message.</param>
/// <param name="Cluster">The path of the cluster that the message names; null when it does not name one.</param>
/// <param name="ErrorCount">Counts all errors; only the first ones are kept.</param>
internal sealed record Rejection(
    string Id,
    DateTimeOffset SentAt,
    DateTimeOffset RejectedAt,
    string? Cluster,
    int ErrorCount,
    IReadOnlyList<FieldError> Errors
);
