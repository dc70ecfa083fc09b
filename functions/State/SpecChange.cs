using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>A change that was asked for, as the history tells it.</summary>
internal static class SpecChange
{
    /// <summary>Of a spec that is rewritten, the first fields are named.</summary>
    private const int MostFields = 20;

    /// <param name="before">Null when there was nothing before; then all is new, and no field is named.</param>
    public static HistoryEntry Entry<TSpec>(
        PutOutcome outcome,
        TSpec? before,
        TSpec after,
        long generation,
        Requester by,
        DateTimeOffset now
    ) =>
        new(
            now,
            HistoryTypes.Asked,
            null,
            outcome.ToString(),
            $"Generation {generation} was asked for.",
            by,
            Changed: before is null ? null : Fields(before, after)
        );

    /// <summary>A convergence was asked for, and nothing was to be other than before.</summary>
    public static HistoryEntry Look(Requester by, DateTimeOffset now) =>
        new(now, HistoryTypes.Asked, null, "Reconcile", "A convergence was asked for.", by);

    private static string[]? Fields<TSpec>(TSpec before, TSpec after)
    {
        var fields = FieldDifference
            .Between(
                JsonSerializer.SerializeToNode(before, MeshPortJson.Options),
                JsonSerializer.SerializeToNode(after, MeshPortJson.Options)
            )
            .Select(difference => difference.Pointer)
            .Take(MostFields)
            .ToArray();
        return fields.Length == 0 ? null : fields;
    }
}
