using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.Faults;

/// <summary>
/// The scripted faults of a world, stored with their counters. Rules apply in the order they were added; the first match wins. Whether the
/// n-th call of a rule is struck depends only on the seed, the rule's number and n.
/// </summary>
public sealed class FaultPlan
{
    private const string Table = "faults";
    private readonly Lock _lock = new();
    private readonly WorldStore _store;
    private readonly TimeProvider _clock;
    private readonly Func<string, double> _draw;
    private volatile Fault[] _faults;

    /// <param name="draw">A number from 0 (inclusive) to 1 (exclusive) that depends only on the seed and the purpose.</param>
    internal FaultPlan(WorldStore store, TimeProvider clock, Func<string, double> draw)
    {
        _store = store;
        _clock = clock;
        _draw = draw;
        _faults = [.. store.List(Table).Select(entry => entry.Document.Deserialize<Fault>()).OfType<Fault>().OrderBy(Number)];
    }

    /// <summary>Raised after a fault was added, for work in progress.</summary>
    public event Action<Fault>? Added;

    public IReadOnlyList<Fault> All => _faults;

    /// <exception cref="InvalidFaultException">The rule is invalid. Lists all problems.</exception>
    public Fault Add(FaultRule rule)
    {
        if (FaultRules.Check(rule) is { Count: > 0 } problems)
        {
            throw new InvalidFaultException(problems);
        }

        Fault fault;
        lock (_lock)
        {
            fault = new Fault(
                (_faults.Select(Number).DefaultIfEmpty(0).Max() + 1).ToString(CultureInfo.InvariantCulture),
                rule,
                _clock.GetUtcNow()
            );
            Save(fault);
            _faults = [.. _faults, fault];
        }

        Added?.Invoke(fault);
        return fault;
    }

    /// <returns>False when no fault has this id.</returns>
    public bool Remove(string id)
    {
        lock (_lock)
        {
            var left = _faults.Where(fault => fault.Id != id).ToArray();
            var found = left.Length < _faults.Length;
            _faults = left;
            _store.Delete(Table, id);
            return found;
        }
    }

    /// <returns>The number of removed faults.</returns>
    public int Clear()
    {
        lock (_lock)
        {
            var count = _faults.Length;
            foreach (var fault in _faults)
            {
                _store.Delete(Table, fault.Id);
            }

            _faults = [];
            return count;
        }
    }

    /// <summary>Counts a call and decides whether a fault strikes it.</summary>
    /// <returns>The rule that strikes, if any.</returns>
    internal FaultRule? Strike(FaultCall call)
    {
        if (_faults.Length == 0)
        {
            return null;
        }

        lock (_lock)
        {
            for (var index = 0; index < _faults.Length; index++)
            {
                var fault = _faults[index];
                if (!call.Matches(fault.Rule) || IsOver(fault))
                {
                    continue;
                }

                var seen = fault with { Matched = fault.Matched + 1 };
                var strikes = Strikes(seen);
                _faults[index] = strikes ? seen with { Struck = seen.Struck + 1 } : seen;
                Save(_faults[index]);
                if (strikes)
                {
                    return fault.Rule;
                }
            }
        }

        return null;
    }

    /// <summary>When an operation that starts now is due.</summary>
    internal DateTimeOffset Due(string kind, string target, DateTimeOffset usual) =>
        Strike(FaultCall.OfOperation(FaultPoint.OperationStart, kind, target)) switch
        {
            null => usual,
            { Lasts: { } longer } => usual + longer,
            _ => DateTimeOffset.MaxValue,
        };

    /// <summary>The rule that makes an operation fail at its end, if any.</summary>
    internal FaultRule? Failure(string kind, string target) => Strike(FaultCall.OfOperation(FaultPoint.OperationEnd, kind, target));

    /// <summary>Whether the registration of a feature waits for approval.</summary>
    internal bool StaysPending(string feature) =>
        Strike(FaultCall.OfOperation(FaultPoint.FeatureRegistration, "features/register", feature)) is not null;

    private bool IsOver(Fault fault) =>
        fault.Rule is { Kind: FaultKind.Down, Lasts: { } lasts } && _clock.GetUtcNow() >= fault.Added + lasts;

    private bool Strikes(Fault fault)
    {
        var rule = fault.Rule;
        var number = fault.Matched - rule.After;
        return number > 0
            && (rule.Count is not { } most || fault.Struck < most)
            && (rule.Every is not { } every || number % every == 0)
            && (rule.Probability is not { } share || _draw($"fault/{fault.Id}/{fault.Matched}") < share);
    }

    // A record is an object.
    private void Save(Fault fault) => _store.Put(Table, fault.Id, (JsonObject)JsonSerializer.SerializeToNode(fault)!);

    private static int Number(Fault fault) => int.Parse(fault.Id, CultureInfo.InvariantCulture);
}
