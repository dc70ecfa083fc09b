using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.World;

/// <summary>
/// The only source of ids and random numbers of a world. With a seed, the n-th value for a purpose is always the same, whatever else is
/// drawn in parallel. After a restart the sequence continues with other values, so that no id repeats.
/// </summary>
public sealed class SandboxIds
{
    private const string Table = "seed";
    private const string Key = "seed";
    private readonly ConcurrentDictionary<string, int> _drawn = new(StringComparer.Ordinal);
    private readonly bool _seeded;
    private readonly int _starts;

    /// <param name="seed">Null: the store's seed if any, otherwise random.</param>
    internal SandboxIds(WorldStore store, int? seed)
    {
        var kept = store.Get(Table, Key);
        _seeded = (seed ?? kept?["value"]?.GetValue<int>()) is not null;
        Seed = seed ?? kept?["value"]?.GetValue<int>() ?? Random.Shared.Next();
        _starts = kept?["starts"]?.GetValue<int>() ?? 0;
        if (_seeded)
        {
            store.Put(Table, Key, new JsonObject { ["value"] = Seed, ["starts"] = _starts + 1 });
        }
    }

    /// <summary>Random when none was given.</summary>
    public int Seed { get; }

    /// <param name="purpose">The use of the id. Parallel work has separate purposes.</param>
    public Guid NewGuid(string purpose) => _seeded ? SeededDraw.Guid(Seed, Next(purpose)) : Guid.NewGuid();

    /// <summary>From 0 (inclusive) to 1 (exclusive).</summary>
    /// <param name="purpose">As in <see cref="NewGuid"/>.</param>
    public double NextFraction(string purpose) => _seeded ? SeededDraw.Fraction(Seed, Next(purpose)) : Random.Shared.NextDouble();

    private string Next(string purpose) =>
        string.Create(CultureInfo.InvariantCulture, $"{_starts}/{purpose}/{_drawn.AddOrUpdate(purpose, 1, (_, count) => count + 1)}");
}
