using System.Collections;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Invocation;

/// <summary>The features of an invocation, by type.</summary>
internal sealed class InvocationFeatures : IInvocationFeatures
{
    private readonly Dictionary<Type, object> _features = [];

    public void Set<T>(T? instance)
    {
        if (instance is null)
        {
            _features.Remove(typeof(T));
        }
        else
        {
            _features[typeof(T)] = instance;
        }
    }

    public T? Get<T>() => _features.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>
/// The retry state of a function with a retry attribute. Other functions have <see cref="None"/>: the orchestrator retries activities, and
/// the queue delivers messages again.
/// </summary>
internal sealed class Retry(int count, int max) : RetryContext
{
    public static readonly Retry None = new(0, 0);

    public override int RetryCount => count;

    public override int MaxRetryCount => max;
}

/// <summary>The current <see cref="Activity"/> at the start of the invocation.</summary>
internal sealed class CurrentTrace : TraceContext
{
    private readonly Activity? _activity = Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current : null;

    public override string TraceParent => _activity?.Id ?? string.Empty;

    public override string TraceState => _activity?.TraceStateString ?? string.Empty;
}
