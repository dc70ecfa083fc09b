namespace MeshPort.Runtime.Tests.Functions;

internal sealed class Activities(Effects effects)
{
    [Function(nameof(Hello))]
    public string Hello([ActivityTrigger] string name)
    {
        effects.Log.Enqueue($"hello {name}");
        return $"hello {name}";
    }

    [Function(nameof(Add))]
    public static Task<int> Add([ActivityTrigger] Pair pair) => Task.FromResult(pair.Left + pair.Right);

    [Function(nameof(Gate))]
    public async Task<string> Gate([ActivityTrigger] string name, FunctionContext context, CancellationToken cancellationToken)
    {
        effects.Log.Enqueue($"gate {name}");
        effects.GateReached.TrySetResult();
        await effects.Gate.Task.WaitAsync(cancellationToken);
        return $"{name} in {context.FunctionDefinition.Name}";
    }

    /// <summary>Ignores cancellation.</summary>
    [Function(nameof(Deaf))]
    public Task Deaf([ActivityTrigger] string name)
    {
        effects.Log.Enqueue(name);
        effects.GateReached.TrySetResult();
        return effects.Gate.Task;
    }

    /// <summary>Blocks its thread.</summary>
    [Function(nameof(Block))]
    public void Block([ActivityTrigger] string name)
    {
        effects.Log.Enqueue(name);
        effects.GateReached.TrySetResult();
        ((IAsyncResult)effects.Gate.Task).AsyncWaitHandle.WaitOne();
    }

    [Function(nameof(Fail))]
    public void Fail([ActivityTrigger] string message)
    {
        effects.Log.Enqueue("fail");
        throw new InvalidOperationException(message, new TimeoutException("too slow"));
    }

    [Function(nameof(FailTwice))]
    public string FailTwice([ActivityTrigger] string name)
    {
        effects.Log.Enqueue("try");
        return effects.Count("try") < 3 ? throw new TimeoutException("not yet") : name;
    }
}

internal sealed record Pair(int Left, int Right);
