using System.Collections.Concurrent;

namespace MeshPort.Runtime.Tests.Functions;

/// <summary>What the test functions did, seen by the test of the same host.</summary>
internal sealed class Effects
{
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Activities named Gate wait for it.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource GateReached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource TimerRan { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TimerInfo? Timer { get; set; }

    /// <summary>What fails until it is in here.</summary>
    public ConcurrentBag<string> Mended { get; } = [];

    /// <summary>Which order the Changing orchestrator calls its activities in.</summary>
    public bool Changed { get; set; }

    public int Count(string entry) => Log.Count(logged => logged == entry);
}
