using System.Collections.Concurrent;

namespace MeshPort.Runtime.Tests.Functions;

/// <summary>The recorded effects of the test functions. The test of the same host reads them.</summary>
internal sealed class Effects
{
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Activities named Gate wait for it.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource GateReached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource TimerRan { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimerInfo? Timer { get; set; }

    /// <summary>The names that no longer fail.</summary>
    public ConcurrentBag<string> Mended { get; } = [];

    /// <summary>The order in which the Changing orchestrator calls its activities.</summary>
    public bool Changed { get; set; }

    public int Count(string entry) => Log.Count(logged => logged == entry);
}
