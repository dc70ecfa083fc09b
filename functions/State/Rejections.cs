using System.Globalization;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Messages that were refused, with the reasons: whoever sent them gets no answer. Newest first, for a week.</summary>
internal sealed class Rejections(IStateStore store, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>The same message again makes no second record.</summary>
    public Task AddAsync(Rejection rejection, CancellationToken cancellationToken) =>
        store.TryCommitAsync(Documents.Rejections, [StateChange.Put(Key(rejection), rejection)], cancellationToken);

    /// <param name="after">The key of the rejection to begin behind.</param>
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

    /// <summary>Sorts the newest first.</summary>
    public static string Key(Rejection rejection) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.Ticks - rejection.SentAt.UtcTicks:D19}-{rejection.Id}");
}

/// <param name="Id">The message's.</param>
/// <param name="Cluster">The path of the cluster that it is about; null when it names none.</param>
/// <param name="ErrorCount">Of all errors; only the first are kept.</param>
internal sealed record Rejection(
    string Id,
    DateTimeOffset SentAt,
    DateTimeOffset RejectedAt,
    string? Cluster,
    int ErrorCount,
    IReadOnlyList<FieldError> Errors
);
