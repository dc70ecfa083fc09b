using Azure;
using Azure.Data.Tables;

namespace MeshPort.State;

/// <summary>
/// Converts between documents and table entities. A property holds 64 KiB, which is 32 Ki characters, so the body is split over the
/// properties <c>Body0</c>, <c>Body1</c>...
/// </summary>
internal static class StateEntity
{
    /// <summary>The commit that wrote the entity.</summary>
    public const string Commit = "Commit";

    private const string Body = "Body";
    private const int PartLength = 32 * 1024;

    public static StateRow Read(TableEntity entity)
    {
        var parts = new List<string>();
        while (entity.GetString($"{Body}{parts.Count}") is { } part)
        {
            parts.Add(part);
        }

        return new StateRow(entity.RowKey, entity.ETag.ToString(), string.Concat(parts));
    }

    public static TableTransactionAction Action(string partition, StateChange change, string commit)
    {
        var entity = new TableEntity(partition, change.Key);
        if (change.Body is not { } body)
        {
            return new TableTransactionAction(TableTransactionActionType.Delete, entity, new ETag(change.Version));
        }

        entity[Commit] = commit;
        foreach (var (number, part) in Split(body).Index())
        {
            entity[$"{Body}{number}"] = part;
        }

        return change.Version switch
        {
            StateChange.New => new TableTransactionAction(TableTransactionActionType.Add, entity),
            StateChange.Any => new TableTransactionAction(TableTransactionActionType.UpsertReplace, entity),
            var version => new TableTransactionAction(TableTransactionActionType.UpdateReplace, entity, new ETag(version)),
        };
    }

    /// <summary>Does not separate the two halves of a surrogate pair.</summary>
    private static IEnumerable<string> Split(string body)
    {
        var start = 0;
        do
        {
            var length = Math.Min(PartLength, body.Length - start);
            if (start + length < body.Length && char.IsHighSurrogate(body[start + length - 1]))
            {
                length--;
            }

            yield return body.Substring(start, length);
            start += length;
        } while (start < body.Length);
    }
}
