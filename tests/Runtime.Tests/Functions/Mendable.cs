namespace MeshPort.Runtime.Tests.Functions;

/// <summary>Orchestrations that fail until their dependency is repaired.</summary>
internal sealed class Mendable(Effects effects)
{
    [Function(nameof(Mend))]
    public string Mend([ActivityTrigger] string name)
    {
        effects.Log.Enqueue(name);
        return effects.Mended.Contains(name) || name.StartsWith("ok", StringComparison.Ordinal)
            ? name
            : throw new InvalidOperationException($"{name} is broken");
    }

    [Function(nameof(MendOne))]
    public static async Task<string> MendOne([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        $"{await context.CallActivityAsync<string>(nameof(Mend), "ok first")}, "
        + $"{await context.CallActivityAsync<string>(nameof(Mend), name)}, "
        + $"{await context.CallActivityAsync<string>(nameof(Mend), "ok last")}";

    [Function(nameof(MendMany))]
    public static async Task<string[]> MendMany([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await Task.WhenAll(
            context.CallActivityAsync<string>(nameof(Mend), "left"),
            context.CallActivityAsync<string>(nameof(Mend), "ok middle"),
            context.CallActivityAsync<string>(nameof(Mend), "right")
        );

    [Function(nameof(MendChild))]
    public static async Task<string> MendChild([OrchestrationTrigger] TaskOrchestrationContext context, string child) =>
        $"{await context.CallActivityAsync<string>(nameof(Mend), "ok parent")}: "
        + await context.CallSubOrchestratorAsync<string>(nameof(MendOne), "wheel", new TaskOptions().WithInstanceId(child));

    /// <summary>Fails, retries and compensates before it gives up. The code has handled those failures.</summary>
    [Function(nameof(MendRetried))]
    public static async Task<string> MendRetried([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            await context.CallActivityAsync(nameof(Mend), "caught");
        }
        catch (TaskFailedException)
        {
            await context.CallActivityAsync(nameof(Mend), "ok compensated");
        }

        return await context.CallActivityAsync<string>(
            nameof(Mend),
            "retried",
            TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromMinutes(1)))
        );
    }

    /// <summary>Fails while a timer is open.</summary>
    [Function(nameof(MendBesideTimer))]
    public static async Task<string> MendBesideTimer([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var timer = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
        var name = await context.CallActivityAsync<string>(nameof(Mend), "beside");
        await timer;
        return name;
    }

    [Function(nameof(MendCode))]
    public Task<string> MendCode([OrchestrationTrigger] TaskOrchestrationContext context) =>
        effects.Mended.Contains("code") ? Task.FromResult(context.InstanceId) : throw new InvalidOperationException("The code is broken.");
}
