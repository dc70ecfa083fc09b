using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using Spectre.Console;

namespace MeshPort.Host.Simulation;

/// <summary><c>meshport sandbox fault add|list|clear</c>, for a running sandbox. The sandbox validates the values.</summary>
internal static class FaultCommand
{
    /// <summary>The options by field. All are text, so that the sandbox reports all errors at once.</summary>
    private static readonly IReadOnlyDictionary<string, Option<string?>> Fields = new Dictionary<string, Option<string?>>
    {
        ["layer"] = new("--layer") { Description = $"The layer of the requests: {Names<FaultLayer>()}." },
        ["operation"] = new("--operation")
        {
            Description = "Method and resource type, with * for any characters: 'PUT managedClusters', 'PATCH services' [default: '* *'].",
        },
        ["target"] = new("--target") { Description = "Only requests that name this cluster or resource, with * for any characters." },
        ["probability"] = new("--probability")
        {
            Description = "The share of matching requests that are affected, from 0 to 1 [default: all].",
        },
        ["count"] = new("--count") { Description = "Affect at most this many requests." },
        ["every"] = new("--every") { Description = "Affect one in this many matching requests." },
        ["after"] = new("--after") { Description = "Skip this many matching requests first." },
        ["retryAfter"] = new("--retry-after") { Description = "The Retry-After header, in seconds." },
        ["duration"] = new("--duration") { Description = "How long the fault takes or lasts, in simulated seconds." },
        ["code"] = new("--code") { Description = "The error code, instead of the usual one." },
        ["message"] = new("--message") { Description = "The error message, instead of the usual one." },
    };

    public static Command Create() =>
        new("fault", "Makes requests to a running sandbox fail, as they do in Azure.") { Add(), List(), Clear() };

    private static Command Add()
    {
        var kind = new Argument<string>("kind") { Description = $"The kind of fault: {Names<FaultKind>()}." };
        var command = new Command("add", "Adds a fault.") { kind };
        foreach (var (_, option) in Fields)
        {
            command.Options.Add(option);
        }

        return ControlCommand.Calling(
            command,
            async (client, arguments, cancellationToken) =>
            {
                var rule = new JsonObject { ["kind"] = arguments.GetValue(kind) };
                foreach (var (field, option) in Fields)
                {
                    if (arguments.GetValue(option) is { } text)
                    {
                        rule[field] = Value(field, text);
                    }
                }

                var added = await client.SendAsync(HttpMethod.Post, "/sandbox/faults", rule, cancellationToken);
                Console.WriteLine($"fault {added["id"]} added");
            }
        );
    }

    private static Command List() =>
        ControlCommand.Calling(
            new Command("list", "Lists the faults and how often each was applied."),
            async (client, _, cancellationToken) =>
            {
                var faults =
                    (await client.SendAsync(HttpMethod.Get, "/sandbox/faults", null, cancellationToken))["value"] as JsonArray ?? [];
                if (faults.Count == 0)
                {
                    Console.WriteLine("no faults");
                    return;
                }

                var table = new Table { Border = TableBorder.None }.AddColumns(
                    "id",
                    "kind",
                    "layer",
                    "operation",
                    "target",
                    "how",
                    "struck"
                );
                foreach (var fault in faults.OfType<JsonObject>())
                {
                    string[] cells =
                    [
                        $"{fault["id"]}",
                        $"{fault["kind"]}",
                        $"{fault["layer"]}",
                        $"{fault["operation"]}",
                        $"{fault["target"]}",
                        How(fault),
                        $"{fault["struck"]} of {fault["matched"]}",
                    ];
                    table.AddRow([.. cells.Select(Markup.Escape)]);
                }

                if (Console.IsOutputRedirected)
                {
                    AnsiConsole.Profile.Width = 1000; // one line for each fault, whatever its length
                }

                AnsiConsole.Write(table);
            }
        );

    private static Command Clear()
    {
        var id = new Argument<string?>("id") { Description = "The fault to remove [default: all].", Arity = ArgumentArity.ZeroOrOne };
        return ControlCommand.Calling(
            new Command("clear", "Removes faults.") { id },
            async (client, arguments, cancellationToken) =>
            {
                var path = arguments.GetValue(id) is { } one ? $"/sandbox/faults/{Uri.EscapeDataString(one)}" : "/sandbox/faults";
                Console.WriteLine($"{(await client.SendAsync(HttpMethod.Delete, path, null, cancellationToken))["removed"]} removed");
            }
        );
    }

    private static JsonNode Value(string field, string text) =>
        field is "probability" or "count" or "every" or "after" or "retryAfter" or "duration"
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);

    private static string How(JsonObject fault) =>
        string.Join(
            ", ",
            from field in new[] { "probability", "count", "every", "after", "retryAfter", "duration", "code", "message" }
            where fault[field] is { } value && !(field == "after" && $"{value}" == "0")
            select $"{field} {fault[field]}"
        );

    private static string Names<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName));
}
