using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace MeshPort.Host.Simulation;

/// <summary>
/// <c>meshport sandbox event send|hold|release|duplicate|reorder|dead-letters</c>, for a running sandbox. The sandbox validates the values.
/// </summary>
internal static class EventCommand
{
    private const string Path = "/sandbox/events";

    public static Command Create() =>
        new("event", "Sends events of AKS, and makes Event Grid delay, duplicate or reorder deliveries.")
        {
            Send(),
            Switch("hold", "Holds all deliveries until 'release'.", new JsonObject { ["hold"] = true }),
            Switch("release", "Delivers the held events.", new JsonObject { ["hold"] = false }),
            Duplicate(),
            Reorder(),
            DeadLetters(),
        };

    private static Command Send()
    {
        var cluster = new Argument<string>("cluster") { Description = "The cluster: its ARM id, or its name if that is unique." };
        var type = new Argument<string>("type")
        {
            Description = "The event's type, with or without 'Microsoft.ContainerService.': NodePoolRollingStarted.",
        };
        var data = new Argument<string[]>("data")
        {
            Description = "The event's data, as name=value: nodePoolName=nodepool1.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        data.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"data is '{token.Value}'; write name=value.");
            }
        });
        return ControlCommand.Calling(
            new Command("send", "Sends an AKS event about a cluster.") { cluster, type, data },
            async (client, arguments, cancellationToken) =>
            {
                var fields = new JsonObject();
                foreach (var pair in arguments.GetValue(data) ?? [])
                {
                    var at = pair.IndexOf('=', StringComparison.Ordinal);
                    fields[pair[..at]] = pair[(at + 1)..];
                }

                var id = await ClusterIdAsync(client, arguments.GetRequiredValue(cluster), cancellationToken);
                var sent = await client.SendAsync(
                    HttpMethod.Post,
                    Path,
                    new JsonObject
                    {
                        ["cluster"] = id,
                        ["type"] = arguments.GetRequiredValue(type),
                        ["data"] = fields,
                    },
                    cancellationToken
                );
                Console.WriteLine($"event {sent["id"]} sent");
            }
        );
    }

    private static Command Duplicate()
    {
        var what = new Argument<string>("what")
        {
            Description = "How many of the next deliveries are duplicated; 'on' duplicates all, 'off' none.",
            DefaultValueFactory = _ => "1",
        };
        what.Validators.Add(result =>
        {
            if (
                result.Tokens is [var token]
                && token.Value is not ("on" or "off")
                && !uint.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            )
            {
                result.AddError($"what is '{token.Value}'; write on, off or a number.");
            }
        });
        return ControlCommand.Calling(
            new Command("duplicate", "Delivers accepted events twice, with the same event id.") { what },
            (client, arguments, cancellationToken) => ChangeAsync(client, Duplicates(arguments.GetRequiredValue(what)), cancellationToken)
        );
    }

    private static Command Reorder()
    {
        var state = new Argument<string>("state") { Description = "on or off.", DefaultValueFactory = _ => "on" };
        state.AcceptOnlyFromAmong("on", "off");
        return ControlCommand.Calling(
            new Command("reorder", "Delivers the events of 30 simulated seconds in reverse order.") { state },
            (client, arguments, cancellationToken) =>
                ChangeAsync(client, new JsonObject { ["reorder"] = arguments.GetRequiredValue(state) == "on" }, cancellationToken)
        );
    }

    private static Command DeadLetters() =>
        ControlCommand.Calling(
            new Command("dead-letters", "Lists the dead-lettered events, one a line."),
            async (client, _, cancellationToken) =>
            {
                foreach (
                    var letter in (await client.SendAsync(HttpMethod.Get, Path + "/dead-letters", null, cancellationToken))["deadLetters"]
                        as JsonArray
                        ?? []
                )
                {
                    Console.WriteLine(
                        $"{letter?["reason"]} {letter?["attempts"]} {letter?["lastOutcome"]} "
                            + $"{letter?["event"]?["id"]} {letter?["subscription"]}"
                    );
                }
            }
        );

    private static JsonObject Duplicates(string what) =>
        what is "on" or "off"
            ? new JsonObject { ["duplicate"] = what == "on" }
            : new JsonObject { ["duplicateNext"] = uint.Parse(what, CultureInfo.InvariantCulture) };

    private static Command Switch(string name, string description, JsonObject change) =>
        ControlCommand.Calling(
            new Command(name, description),
            (client, _, cancellationToken) => ChangeAsync(client, change, cancellationToken)
        );

    private static async Task ChangeAsync(ControlClient client, JsonObject change, CancellationToken cancellationToken)
    {
        var now = await client.SendAsync(HttpMethod.Patch, Path, change, cancellationToken);
        Console.WriteLine(string.Join(", ", now.Select(field => $"{field.Key} {field.Value?.ToString() ?? "none"}")));
    }

    /// <summary>Resolves a name that exactly one cluster has. The sandbox rejects all others.</summary>
    private static async Task<string> ClusterIdAsync(ControlClient client, string cluster, CancellationToken cancellationToken)
    {
        if (cluster.StartsWith('/'))
        {
            return cluster;
        }

        var all = (await client.SendAsync(HttpMethod.Get, "/sandbox/clusters", null, cancellationToken))["value"] as JsonArray ?? [];
        var named = all.Select(known => $"{known?["id"]}")
            .Where(id => id.EndsWith($"/{cluster}", StringComparison.OrdinalIgnoreCase))
            .ToArray();
        return named is [var one] ? one : cluster;
    }
}
