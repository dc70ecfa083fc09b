using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubelet.Streams;
using MeshPort.Sandbox.Kubernetes.Server;

namespace MeshPort.Sandbox.Kubelet;

/// <summary>The result of a program: exit code 0, another one, or a container runtime that could not start it.</summary>
internal sealed record CommandStatus(int ExitCode, string? RuntimeError = null)
{
    public static readonly CommandStatus Success = new(0);

    /// <summary>128 and the number of SIGKILL.</summary>
    public static readonly CommandStatus Killed = new(137);

    private string Message =>
        RuntimeError is null
            ? $"command terminated with non-zero exit code: command terminated with exit code {ExitCode}"
            : $"Internal error occurred: {RuntimeError}";

    /// <summary>The text that versions before 4 write; null when they write nothing.</summary>
    public string? ToText() => this == Success ? null : Message;

    public JsonObject ToJson()
    {
        if (this == Success)
        {
            return new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" };
        }

        var status = new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = RuntimeError is null ? "NonZeroExitCode" : "InternalError",
            ["details"] = new JsonObject
            {
                ["causes"] = new JsonArray(
                    RuntimeError is null
                        ? new JsonObject { ["reason"] = "ExitCode", ["message"] = $"{ExitCode}" }
                        : new JsonObject { ["message"] = RuntimeError }
                ),
            },
        };
        if (RuntimeError is not null)
        {
            status["code"] = 500;
        }

        return status;
    }
}

/// <summary>The versions of the protocol of exec and attach (k8s.io/apimachinery, pkg/util/remotecommand).</summary>
internal static class CommandProtocols
{
    public const string Third = "v3.channel.k8s.io";
    public const string Fourth = "v4.channel.k8s.io";

    /// <summary>Standard input, output and errors, the status, and the size of the terminal.</summary>
    public const int Channels = 5;

    private const string Fifth = "v5.channel.k8s.io";
    private const string First = "channel.k8s.io";

    public static readonly IReadOnlyList<string> OfSpdy = [Fourth, Third, "v2.channel.k8s.io", First];

    public static readonly IReadOnlyList<string> OfWebSocket = [Fifth, Fourth, "v4.base64.channel.k8s.io", First, "base64.channel.k8s.io"];

    /// <summary>Sends the status and ends the server's streams.</summary>
    public static async Task FinishAsync(string protocol, CommandStreams streams, CommandStatus status, CancellationToken cancellationToken)
    {
        var text =
            protocol.StartsWith("v4.", StringComparison.Ordinal) || protocol == Fifth
                ? status.ToJson().ToJsonString(KubeAnswers.Plain)
                : status.ToText();
        if (text is not null)
        {
            await streams.Status.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }

        foreach (var stream in new[] { streams.Output, streams.Errors, streams.Status, streams.Input }.OfType<ClientStream>())
        {
            stream.IgnoreInput();
            await stream.FinishAsync(cancellationToken);
        }
    }
}
