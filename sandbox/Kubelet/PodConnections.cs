using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubelet.Programs;
using MeshPort.Sandbox.Kubelet.Streams;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubelet;

/// <summary>
/// The kubelet's streaming server: checks a request, switches to SPDY or WebSocket and runs the program, the attachment or the forwarding.
/// </summary>
internal sealed class PodConnections(
    ContainerFiles files,
    ContainerOutputs outputs,
    ContainerValues values,
    PortForwarding forwarding,
    SandboxWorld world
) : IPodConnections
{
    private static readonly TimeSpan StreamCreation = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(5);

    public async Task ServeAsync(HttpContext context, JsonObject pod, string subresource)
    {
        if (pod.Text("spec", "nodeName") is null)
        {
            throw KubeError.BadRequest($"pod {pod.Name()} does not have a host assigned");
        }

        if (!Upgrade.IsSpdy(context.Request) && !Upgrade.IsWebSocket(context.Request))
        {
            throw KubeError.BadRequest("Upgrade request required");
        }

        if (subresource == "portforward")
        {
            await ForwardAsync(context, pod);
            return;
        }

        var container = PodContainers.Find(pod, context.Request.Query["container"].ToString());
        if (!IsRunning(pod, container))
        {
            await RefuseAsync(context, StatusCodes.Status500InternalServerError, $"container not found (\"{container.Text("name")}\")");
            return;
        }

        var options = CommandOptions.Of(context.Request, subresource);
        if (options.Problem is { } problem)
        {
            throw KubeError.BadRequest(problem);
        }

        var output = outputs.Of(pod);
        await CommandAsync(
            context,
            options,
            (streams, cancellationToken) =>
                subresource == "attach"
                    ? Attachment.RunAsync(output, streams, cancellationToken)
                    : ExecAsync(
                        new Container(pod, container, values.Read(pod, container), files.Of(pod, container), world),
                        options.Command,
                        streams,
                        output,
                        cancellationToken
                    )
        );
    }

    /// <summary>The deletion of the pod kills the program.</summary>
    private static async Task<CommandStatus> ExecAsync(
        Container container,
        IReadOnlyList<string> command,
        CommandStreams streams,
        ContainerOutput output,
        CancellationToken cancellationToken
    )
    {
        using var killed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void Kill() => killed.Cancel();
        output.Ended += Kill;
        try
        {
            return await ContainerPrograms.RunAsync(container, command, streams, killed.Token);
        }
        catch (OperationCanceledException) when (output.HasEnded)
        {
            return CommandStatus.Killed;
        }
        finally
        {
            output.Ended -= Kill;
        }
    }

    /// <summary>Serves exec and attach.</summary>
    private static async Task CommandAsync(
        HttpContext context,
        CommandOptions options,
        Func<CommandStreams, CancellationToken, Task<CommandStatus>> run
    )
    {
        var known = Upgrade.IsWebSocket(context.Request) ? CommandProtocols.OfWebSocket : CommandProtocols.OfSpdy;
        var protocols = Upgrade.Protocols(context.Request);
        if ((protocols.Count == 0 ? "" : protocols.FirstOrDefault(known.Contains)) is not { } protocol)
        {
            await RefuseProtocolsAsync(context, protocols, known);
            return;
        }

        var cancellationToken = context.RequestAborted;
        if (Upgrade.IsWebSocket(context.Request))
        {
            using var socket = await Upgrade.ToWebSocketAsync(context, protocol);
            using var channels = new WebSocketChannels(socket, protocol, CommandProtocols.Channels);
            await WithReaderAsync(
                channels.RunAsync,
                async () =>
                {
                    var streams = options.Select(number => channels[number]);
                    await (streams.Output ?? streams.Errors ?? streams.Status).WriteAsync(default, cancellationToken); // it is open
                    await CommandProtocols.FinishAsync(protocol, streams, await run(streams, cancellationToken), cancellationToken);
                    await channels.LeaveAsync(cancellationToken);
                },
                cancellationToken
            );
            return;
        }

        using var connection = new SpdyConnection(await Upgrade.ToSpdyAsync(context, protocol));
        await WithReaderAsync(
            connection.RunAsync,
            async () =>
            {
                var wanted = options.Names(hasResize: protocol is CommandProtocols.Fourth or CommandProtocols.Third);
                var opened = await OpenedAsync(connection, wanted, cancellationToken);
                var streams = options.Select(number => opened[CommandOptions.NameOf(number)]);
                await CommandProtocols.FinishAsync(protocol, streams, await run(streams, cancellationToken), cancellationToken);
                await connection.LeaveAsync(cancellationToken);
            },
            cancellationToken
        );
    }

    private async Task ForwardAsync(HttpContext context, JsonObject pod)
    {
        var isSocket = Upgrade.IsWebSocket(context.Request);
        var known = isSocket ? PortForwarding.OfWebSocket : PortForwarding.OfSpdy;
        var protocols = Upgrade.Protocols(context.Request);
        if ((protocols.Count == 0 ? "" : protocols.FirstOrDefault(known.Contains)) is not { } protocol)
        {
            await RefuseProtocolsAsync(context, protocols, known);
            return;
        }

        if (isSocket && protocol != PortForwarding.Tunnel)
        {
            var ports = PortForwarding.Ports(context.Request.Query["ports"]);
            using var channelSocket = await Upgrade.ToWebSocketAsync(context, protocol);
            using var channels = new WebSocketChannels(channelSocket, protocol, 2 * ports.Count);
            await WithReaderAsync(
                channels.RunAsync,
                () => forwarding.ServeAsync(pod, channels, ports, context.RequestAborted),
                context.RequestAborted
            );
            return;
        }

        using var socket = isSocket ? await Upgrade.ToWebSocketAsync(context, protocol) : null;
        await using var transport = socket is null ? await Upgrade.ToSpdyAsync(context, protocol) : new WebSocketTunnel(socket);
        using var connection = new SpdyConnection(transport);
        await WithReaderAsync(
            connection.RunAsync,
            () => forwarding.ServeAsync(pod, connection, context.RequestAborted),
            context.RequestAborted
        );
    }

    /// <summary>Reads the connection while it is served, and for a while after that: a client may send on until it sees the end.</summary>
    private static async Task WithReaderAsync(Func<CancellationToken, Task> read, Func<Task> serve, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = read(end.Token);
        try
        {
            await serve();
            end.CancelAfter(Parting);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            await end.CancelAsync(); // the client left
        }

        await reading;
    }

    private static async Task<Dictionary<string, ClientStream>> OpenedAsync(
        SpdyConnection connection,
        IReadOnlyList<string> wanted,
        CancellationToken cancellationToken
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StreamCreation);
        var opened = new Dictionary<string, ClientStream>(StringComparer.Ordinal);
        while (!wanted.All(opened.ContainsKey))
        {
            if (!await connection.Opened.WaitToReadAsync(patience.Token))
            {
                throw new IOException("The client left before it opened all streams.");
            }

            while (connection.Opened.TryRead(out var stream))
            {
                opened[stream.Headers.GetValueOrDefault("streamtype", "")] = stream.Bytes;
            }
        }

        return opened;
    }

    private static bool IsRunning(JsonObject pod, JsonNode container) =>
        pod.Items("status", "containerStatuses")
            .FirstOrDefault(status => status.Text("name") == container.Text("name"))
            .At("state", "running")
            is not null;

    private static Task RefuseProtocolsAsync(HttpContext context, IReadOnlyList<string> asked, IReadOnlyList<string> known) =>
        RefuseAsync(
            context,
            StatusCodes.Status403Forbidden,
            $"unable to upgrade: unable to negotiate protocol: client supports [{string.Join(' ', asked)}], "
                + $"server accepts [{string.Join(' ', known)}]"
        );

    /// <summary>The kubelet refuses in plain text.</summary>
    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
