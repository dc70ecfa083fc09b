using System.Text;
using System.Threading.Channels;
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
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake() => wake.Writer.TryWrite(true);
        var last = output.After(0) is { Length: > 0 } before ? before[^1].Number : 0;
        output.Written += Wake;
        output.Ended += Wake;
        try
        {
            while (!output.HasEnded)
            {
                foreach (var line in output.After(last))
                {
                    last = line.Number;
                    if (streams.Output is { } client)
                    {
                        await client.WriteAsync(Encoding.UTF8.GetBytes($"{line.Text}\n"), cancellationToken);
                    }
                }

                await wake.Reader.ReadAsync(cancellationToken);
            }

            return CommandStatus.Success;
        }
        finally
        {
            output.Written -= Wake;
            output.Ended -= Wake;
        }
    }
}
