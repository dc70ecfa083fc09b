using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// The kubelet's probes of one container (kubernetes/kubernetes, pkg/kubelet/prober). The echo server listens on its ports, speaks no HTTP
/// and has no programs. Any other server passes every probe; a command decides by its exit code.
/// </summary>
/// <param name="ReadyAfter">The time from the container's start to its readiness; null when it never becomes ready.</param>
/// <param name="KilledAfter">The time from the container's start until a probe has it killed; null when none does.</param>
/// <param name="Failing">The first probe that fails.</param>
internal sealed record PodProbes(TimeSpan? ReadyAfter, TimeSpan? KilledAfter, ContainerProbe? Failing)
{
    /// <summary>A container without a readiness probe.</summary>
    private static readonly TimeSpan Unprobed = PodController.ReadyTime - PodController.PullTime;

    /// <param name="address">The pod's.</param>
    public static PodProbes Of(JsonNode container, string address)
    {
        var startup = Find(container, "startupProbe", "Startup", address);
        var liveness = Find(container, "livenessProbe", "Liveness", address);
        var readiness = Find(container, "readinessProbe", "Readiness", address);
        var killer = startup?.Message is not null ? startup : liveness;
        return new PodProbes(
            startup?.Message is not null || readiness?.Message is not null ? null : Later(startup, readiness),
            killer?.Message is null ? null : killer.Delay + (killer.Period * killer.FailureThreshold),
            new[] { startup, liveness, readiness }.FirstOrDefault(probe => probe?.Message is not null)
        );
    }

    private static TimeSpan Later(ContainerProbe? startup, ContainerProbe? readiness)
    {
        var started = startup?.Delay ?? TimeSpan.Zero;
        var ready = readiness is null ? Unprobed : readiness.Delay + (readiness.Period * (readiness.SuccessThreshold - 1));
        return started > ready ? started : ready;
    }

    private static ContainerProbe? Find(JsonNode container, string field, string kind, string address)
    {
        if (container.At(field) is not { } probe)
        {
            return null;
        }

        TimeSpan Seconds(string name, int byDefault) => TimeSpan.FromSeconds(probe.Number(name) ?? byDefault);
        return new ContainerProbe(
            kind,
            Problem(container, probe, address),
            Seconds("initialDelaySeconds", 0),
            Seconds("periodSeconds", 10),
            (int)(probe.Number("successThreshold") ?? 1),
            (int)(probe.Number("failureThreshold") ?? 3)
        );
    }

    private static string? Problem(JsonNode container, JsonNode probe, string address)
    {
        var isEcho = Images.IsEcho(container.Text("image") ?? "");
        string[] arguments = [.. container.Items("args").Select(argument => argument.ToString())];
        if (probe.At("exec") is { } exec)
        {
            return CommandProblem(exec, isEcho);
        }

        var handler = new[] { "tcpSocket", "httpGet", "grpc" }.First(name => probe.At(name) is not null); // admission requires one
        var port = Port(container, probe.At(handler));
        var refused = $"dial tcp {address}:{port}: connect: connection refused";
        var url =
            $"{probe.Text("httpGet", "scheme")?.ToLowerInvariant() ?? "http"}://{address}:{port}{probe.Text("httpGet", "path") ?? "/"}";
        return (handler, isEcho, !isEcho || EchoServer.ListensOn(arguments, port)) switch
        {
            ("tcpSocket", _, false) => refused,
            ("httpGet", _, false) => $"Get \"{url}\": {refused}",
            ("httpGet", true, _) => $"Get \"{url}\": net/http: HTTP/1.x transport connection broken: malformed HTTP response "
                + $"\"{arguments.ElementAtOrDefault(1)} GET {probe.Text("httpGet", "path") ?? "/"} HTTP/1.1\"",
            ("grpc", true, _) => $"timeout: failed to connect service \"{address}:{port}\" within 1s: context deadline exceeded",
            _ => null,
        };
    }

    private static string? CommandProblem(JsonNode exec, bool isEcho)
    {
        var program = exec.Items("command").FirstOrDefault()?.ToString();
        return isEcho
                ? "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: exec "
                    + $"failed: unable to start container process: exec: \"{program}\": executable file not found in $PATH: unknown"
            : ContainerProgram.Of(exec).ExitCode is not 0 and var code ? $"command terminated with exit code {code}"
            : null;
    }

    private static long Port(JsonNode container, JsonNode? handler) =>
        handler.Number("port")
        ?? container.Items("ports").FirstOrDefault(port => port.Text("name") == handler.Text("port")).Number("containerPort")
        ?? 0;
}

/// <summary>A probe and its result.</summary>
/// <param name="Kind">As events name it.</param>
/// <param name="Message">Null when it succeeds.</param>
internal sealed record ContainerProbe(
    string Kind,
    string? Message,
    TimeSpan Delay,
    TimeSpan Period,
    int SuccessThreshold,
    int FailureThreshold
);
