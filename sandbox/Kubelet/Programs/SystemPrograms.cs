using System.Globalization;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>Programs about the container and its processes.</summary>
internal static class SystemPrograms
{
    public static Task<int> EnvironmentAsync(Invocation call) =>
        call.SayAsync(string.Concat(call.Shell.Variables.Select(variable => $"{variable.Key}={variable.Value}\n")));

    public static async Task<int> PrintEnvironmentAsync(Invocation call)
    {
        if (call.Operands.Count == 0)
        {
            return await EnvironmentAsync(call);
        }

        return call.Shell.Variables.TryGetValue(call.Operands[0], out var value) ? await call.SayAsync($"{value}\n") : 1;
    }

    public static Task<int> HostNameAsync(Invocation call) =>
        call.SayAsync($"{(call.Letters == "i" ? call.Container.Pod.Text("status", "podIP") : call.Container.Pod.Name())}\n");

    public static Task<int> IdAsync(Invocation call) =>
        call.SayAsync(call.Letters.Contains('u', StringComparison.Ordinal) ? "0\n" : "uid=0(root) gid=0(root) groups=0(root)\n");

    public static Task<int> UserAsync(Invocation call) => call.SayAsync("root\n");

    public static Task<int> SystemNameAsync(Invocation call) =>
        call.SayAsync(
            call.Letters switch
            {
                "m" => "x86_64\n",
                "n" => $"{call.Container.Pod.Name()}\n",
                "a" => $"Linux {call.Container.Pod.Name()} 5.15.0-1091-azure #100-Ubuntu SMP x86_64 GNU/Linux\n",
                _ => "Linux\n",
            }
        );

    public static Task<int> DateAsync(Invocation call) =>
        call.SayAsync(
            call.Operands is ["+%s"]
                ? $"{call.Container.World.Clock.GetUtcNow().ToUnixTimeSeconds()}\n"
                : call.Container.World.Clock.GetUtcNow().ToString("ddd MMM d HH:mm:ss 'UTC' yyyy'\n'", CultureInfo.InvariantCulture)
        );

    /// <summary>Simulated seconds.</summary>
    public static async Task<int> SleepAsync(Invocation call)
    {
        if (
            call.Operands is not [var text]
            || !double.TryParse(text.TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
        )
        {
            return await call.FailAsync($"invalid number '{call.Operands.FirstOrDefault()}'");
        }

        await Task.Delay(TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000)), call.Container.World.Clock, call.Cancelled);
        return 0;
    }
}
