using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace MeshPort.Host.Simulation;

/// <summary><c>meshport sandbox event send|hold|release|duplicate|reorder|dead-letters</c>, against a sandbox that runs. What makes sense is for the sandbox to say.</summary>
internal static class EventCommand
{
    private const string Path = "/sandbox/events";

    public static Command Create() =>
        new("event", "Sends events of AKS, and makes Event Grid deliver as it does on a bad day.")
        {
            Send(),
            Switch("hold", "Delivers nothing until 'release'.", new JsonObject { ["hold"] = true }),
            Switch("release", "Delivers what was held.", new JsonObject { ["hold"] = false }),
            Duplicate(),
            Reorder(),
            DeadLetters(),
        };

    private static Command Send()
    {
        var cluster = new Argument<string>("cluster") { Description = "The cluster: its ARM id, or its name when no other has it." };
        var type = new Argument<string>("type")
        {
            Description = "The event's type, with or without 'Microsoft.ContainerService.': NodePoolRollingStarted.",
        };
        var data = new Argument<string[]>("data")
        {
            Description = "Its data, as name=value: nodePoolName=nodepool1.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        data.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"data is '{token.Value}'; write name=value.");
            }
        });
        return ControlCommand.Talking(
            new Command("send", "Raises an event of AKS about a cluster.") { cluster, type, data },
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
            Description = "How many of the next deliveries come twice; 'on' is all of them, 'off' none.",
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
        return ControlCommand.Talking(
            new Command("duplicate", "Delivers twice what is accepted, under the same event id.") { what },
            (client, arguments, cancellationToken) => ChangeAsync(client, Duplicates(arguments.GetRequiredValue(what)), cancellationToken)
        );
    }

    private static Command Reorder()
    {
        var state = new Argument<string>("state") { Description = "on or off.", DefaultValueFactory = _ => "on" };
        state.AcceptOnlyFromAmong("on", "off");
        return ControlCommand.Talking(
            new Command("reorder", "Delivers the events of 30 simulated seconds last first.") { state },
            (client, arguments, cancellationToken) =>
                ChangeAsync(client, new JsonObject { ["reorder"] = arguments.GetRequiredValue(state) == "on" }, cancellationToken)
        );
    }

    private static Command DeadLetters() =>
        ControlCommand.Talking(
            new Command("dead-letters", "Lists the events that were given up, a line for each."),
            async (client, _, cancellationToken) =>
            {
                foreach (
                    var letter in (await client.SendAsync(HttpMethod.Get, Path + "/dead-letters", null, cancellationToken))["deadLetters"]
                        as JsonArray
                        ?? []
                )
                {
                    Console.WriteLine(
                        $"{letter?["reason"]} {letter?["attempts"]} {letter?["lastOutcome"]} {letter?["event"]?["id"]} {letter?["subscription"]}"
                    );
                }
            }
        );

    private static JsonObject Duplicates(string what) =>
        what is "on" or "off"
            ? new JsonObject { ["duplicate"] = what == "on" }
            : new JsonObject { ["duplicateNext"] = uint.Parse(what, CultureInfo.InvariantCulture) };

    private static Command Switch(string name, string description, JsonObject change) =>
        ControlCommand.Talking(
            new Command(name, description),
            (client, _, cancellationToken) => ChangeAsync(client, change, cancellationToken)
        );

    private static async Task ChangeAsync(ControlClient client, JsonObject change, CancellationToken cancellationToken)
    {
        var now = await client.SendAsync(HttpMethod.Patch, Path, change, cancellationToken);
        Console.WriteLine(string.Join(", ", now.Select(field => $"{field.Key} {field.Value?.ToString() ?? "none"}")));
    }

    /// <summary>What is no name of exactly one cluster is left for the sandbox to refuse.</summary>
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
