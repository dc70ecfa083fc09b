using System.Text;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Kubelet;

/// <summary>
/// <c>attach</c>: new output of the container's own program. It reads no standard input, as with <c>stdin: false</c>.
/// </summary>
internal static class Attachment
{
    public static async Task<CommandStatus> RunAsync(ContainerOutput output, CommandStreams streams, CancellationToken cancellationToken)
    {
        streams.Input?.IgnoreInput();
        var last = output.After(0) is { Length: > 0 } before ? before[^1].Number : 0;
        await foreach (var news in output.FollowAsync(last, cancellationToken))
        {
            if (streams.Output is { } client)
            {
                foreach (var line in news)
                {
                    await client.WriteAsync(Encoding.UTF8.GetBytes($"{line.Text}\n"), cancellationToken);
                }
            }
        }

        return CommandStatus.Success;
    }
}
