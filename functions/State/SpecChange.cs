using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>History entries of requests.</summary>
internal static class SpecChange
{
    /// <summary>Fields that an entry names at most.</summary>
    private const int MostFields = 20;

    /// <param name="before">Null for a new resource; the entry then names no fields.</param>
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
            $"Generation {generation} requested.",
            by,
            Changed: before is null ? null : Fields(before, after)
        );

    /// <summary>A request for a convergence of the unchanged spec.</summary>
    public static HistoryEntry Reconcile(Requester by, DateTimeOffset now) =>
        new(now, HistoryTypes.Asked, null, "Reconcile", "Convergence requested.", by);

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
