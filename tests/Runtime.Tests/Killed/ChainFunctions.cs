namespace MeshPort.Runtime.Tests.Killed;

/// <summary>A chain that appends each effect to a file before its result is recorded.</summary>
internal sealed class ChainFunctions(ChainFile file)
{
    public const int Steps = 12;

    [Function(nameof(LongChain))]
    public static async Task<int> LongChain([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var sum = 0;
        for (var step = 0; step < Steps; step++)
        {
            sum += await context.CallActivityAsync<int>(nameof(Append), step);
            await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }

        return sum;
    }

    [Function(nameof(Append))]
    public int Append([ActivityTrigger] int step)
    {
        file.Append(step);
        return step;
    }
}

internal sealed class ChainFile(string path)
{
    public void Append(int step)
    {
        File.AppendAllText(path, $"{step}\n");
        Console.WriteLine($"did {step}");
    }
}
