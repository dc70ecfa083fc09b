using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport expose</c>: one line from a Service to a port that is reachable from outside.</summary>
internal static partial class ExposeCommand
{
    public static Command Create()
    {
        var port = new Argument<string>("PORT")
        {
            Description = "The port that clients connect to, or several ports and ranges: 21,30000-30100.",
        };
        var to = new Option<string>("--to")
        {
            Description = "The Service: [NAMESPACE/]SERVICE[:PORT] [default namespace: default, default port: PORT].",
            HelpName = "SERVICE",
            Required = true,
        }.Must(text => Target().IsMatch(text), "[NAMESPACE/]SERVICE[:PORT], such as shop/redis:6379");
        var cluster = CommonOptions.Cluster();
        var name = new Option<string?>("--name") { Description = "The name of the exposure [default: SERVICE-PORT].", HelpName = "NAME" };
        var gateway = new Option<string?>("--gateway") { Description = "external or internal [default: external]." };
        gateway.AcceptOnlyFromAmong("external", "internal");
        var sni = Many("--sni", "HOST", "Pass TLS for this server name through. Repeatable.");
        var from = Many("--from", "CIDR", "Only clients of this range. Repeatable [default: all clients].");
        var expect = Text("--expect", "The text that the probe must read.");
        var send = Text("--send", "The text that the probe sends; \\n is a new line.");
        var noWait = CommonOptions.NoWait();
        var timeout = CommonOptions.Timeout();
        return new ClientCommand(
            "expose",
            "Makes a Service of a cluster reachable at a port, and proves it. The same command again changes nothing.",
            "meshport expose 6379 --to shop/redis --from 203.0.113.0/24",
            "meshport expose 9001 --to tcpecho:9000 --send 'jose\\n' --expect 'hello jose'",
            "meshport expose 30000-30009 --to game",
            "meshport expose 8443 --to web:443 --sni web.example.com --gateway internal --cluster istiotest"
        )
        {
            port,
            to,
            cluster,
            name,
            gateway,
            sni,
            from,
            expect,
            send,
            noWait,
            timeout,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var ports = Ports(arguments.GetRequiredValue(port));
                var spec = Spec(
                    ports,
                    Target().Match(arguments.GetRequiredValue(to)),
                    arguments.GetValue(gateway),
                    arguments.GetValue(sni) ?? [],
                    arguments.GetValue(from) ?? [],
                    Unescape(arguments.GetValue(send)),
                    Unescape(arguments.GetValue(expect))
                );
                var exposure = new DesiredExposure(
                    arguments.GetValue(name)
                        ?? $"{Target().Match(arguments.GetRequiredValue(to)).Groups["service"].Value}-{ports[0].First}",
                    spec
                );
                Check(exposure);
                var id = await session.FindClusterAsync(arguments.GetValue(cluster), cancellationToken);
                return await RunAsync(session, id, exposure, arguments.GetValue(noWait), arguments.GetValue(timeout), cancellationToken);
            }
        );
    }

    private static async Task<int> RunAsync(
        Session session,
        ClusterId id,
        DesiredExposure exposure,
        bool noWait,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        var api = await session.ConnectAsync(cancellationToken);
        var stored = await StoredEnvironment.ReadAsync(api, id, cancellationToken);
        var answer = await new ExposureRequest(api, id, exposure).SendAsync(cancellationToken);
        WriteChanges(session.Screen, id, exposure, answer);
        if (noWait)
        {
            session.Screen.Note($"The server has accepted it. To watch it, run: meshport watch {id.Name}");
            return ExitCodes.Success;
        }

        var found = await api.GetAsync(exposure.Path(id), cancellationToken);
        IReadOnlyList<Uri> operations =
            answer.Operation is { } started ? [started]
            : found.IsReady ? []
            : await Follower.RunningAsync(api, id, [exposure.Name], cancellationToken);
        if (operations.Count > 0)
        {
            await new Follower(session.Screen, Format.Table, timeout, $"meshport watch {id.Name}").FollowAsync(
                new Journey(api, [stored with { Exposures = [exposure] }]),
                operations,
                cancellationToken
            );
            found = await api.GetAsync(exposure.Path(id), cancellationToken);
        }

        return new ResultText(session.Screen, Format.Table).Write(id.Name, exposure, found, answer.Etag);
    }

    /// <summary>The command states the whole spec, so that an update resets the fields of options that are not given.</summary>
    private static void WriteChanges(Screen screen, ClusterId id, DesiredExposure exposure, ExposureAnswer answer)
    {
        if (answer is not { Operation: not null, Before: { } before, Differences.Count: > 0 })
        {
            return;
        }

        new PlanText(screen.Report(Format.Table), screen.Paint).WriteChanges(
            id,
            [new ChangeView("update", exposure.Path(id), "The command changes the spec.", answer.Differences)]
        );
        if (exposure.AllowedSources.Count == 0 && new DesiredExposure(exposure.Name, before).AllowedSources is { Count: > 0 } allowed)
        {
            screen.Note(
                $"Without --from, all clients can connect to {exposure.Name}. Before, it allowed only {string.Join(", ", allowed)}. "
                    + "To restrict it again, repeat the command with --from."
            );
        }
    }

    private static JsonElement Spec(
        IReadOnlyList<PortRange> ports,
        Match target,
        string? gateway,
        string[] hosts,
        string[] sources,
        string? send,
        string? expect
    )
    {
        var first = ports[0].First;
        var backend = new JsonObject { ["service"] = target.Groups["service"].Value };
        if (target.Groups["namespace"] is { Success: true } home)
        {
            backend["namespace"] = home.Value;
        }

        backend["port"] = target.Groups["port"] is { Success: true } text ? int.Parse(text.Value, CultureInfo.InvariantCulture) : first;
        var spec = new JsonObject { ["gateway"] = gateway ?? "external", ["backends"] = new JsonArray(backend) };
        if (ports is [{ Count: 1 }])
        {
            spec["port"] = first;
        }
        else
        {
            spec["ports"] = JsonSerializer.SerializeToNode(ports);
        }

        if (hosts.Length > 0)
        {
            spec["protocol"] = "TLS";
            spec["sniHosts"] = new JsonArray([.. hosts.Select(host => (JsonNode)host)]);
        }

        if (sources.Length > 0)
        {
            spec["allowedSources"] = new JsonArray([.. sources.Select(range => (JsonNode)range)]);
        }

        if (send is not null || expect is not null)
        {
            spec["probe"] = new JsonObject([.. Given(("send", send), ("expect", expect))]);
        }

        return JsonSerializer.SerializeToElement(spec);
    }

    /// <exception cref="UsageException">The text is not a list of ports.</exception>
    private static IReadOnlyList<PortRange> Ports(string text) =>
        [
            .. text.Split(',')
                .Select(item =>
                    PortRange.Parse(item)
                    ?? throw new UsageException($"'{item}' is not a port. Write ports and ranges, such as 21,30000-30100.")
                ),
        ];

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Given(params (string Name, string? Value)[] fields) =>
        fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Value));

    /// <exception cref="UsageException">The server would refuse the exposure; with all errors.</exception>
    private static void Check(DesiredExposure exposure)
    {
        var errors = SpecRules.Exposure(exposure.Spec).Select(error => $"{FieldPath.From(error.Pointer)}: {error.Detail}");
        var all = SpecRules.ExposureName(exposure.Name) is { } wrong ? errors.Prepend($"name: {wrong} Use --name.") : errors;
        if (all.ToList() is { Count: > 0 } found)
        {
            throw new UsageException(string.Join("\nmeshport: ", found));
        }
    }

    private static string? Unescape(string? text) =>
        text?.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\r", "\r", StringComparison.Ordinal);

    private static Option<string[]?> Many(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName };

    private static Option<string?> Text(string name, string description) => new(name) { Description = description, HelpName = "TEXT" };

    [GeneratedRegex(@"^((?<namespace>[^/:]+)/)?(?<service>[^/:]+)(:(?<port>[0-9]{1,5}))?\z")]
    private static partial Regex Target();
}
