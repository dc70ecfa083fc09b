using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using Spectre.Console;

namespace MeshPort.Host.Simulation;

/// <summary><c>meshport sandbox fault add|list|clear</c>, against a sandbox that runs. What makes sense is for the sandbox to say.</summary>
internal static class FaultCommand
{
    /// <summary>By field; all of them as text, so that the sandbox reports every mistake at once.</summary>
    private static readonly IReadOnlyDictionary<string, Option<string?>> Fields = new Dictionary<string, Option<string?>>
    {
        ["layer"] = new("--layer") { Description = $"Where: {Names<FaultLayer>()}." },
        ["operation"] = new("--operation")
        {
            Description = "Method and resource type, with * for any characters: 'PUT managedClusters', 'PATCH services' [default: '* *'].",
        },
        ["target"] = new("--target") { Description = "Only requests that name this cluster or resource, with * for any characters." },
        ["probability"] = new("--probability")
        {
            Description = "The share of matching requests that are struck, from 0 to 1 [default: all].",
        },
        ["count"] = new("--count") { Description = "Strike so many and no more." },
        ["every"] = new("--every") { Description = "Strike one in so many." },
        ["after"] = new("--after") { Description = "Let so many pass first." },
        ["retryAfter"] = new("--retry-after") { Description = "The seconds of Retry-After." },
        ["duration"] = new("--duration") { Description = "How long it takes or lasts, in simulated seconds." },
        ["code"] = new("--code") { Description = "The error code instead of the usual." },
        ["message"] = new("--message") { Description = "The message instead of the usual." },
    };

    public static Command Create() =>
        new("fault", "Makes requests to a running sandbox fail, as they do in Azure.") { Add(), List(), Clear() };

    private static Command Add()
    {
        var kind = new Argument<string>("kind") { Description = $"What happens: {Names<FaultKind>()}." };
        var command = new Command("add", "Adds a fault.") { kind };
        foreach (var (_, option) in Fields)
        {
            command.Options.Add(option);
        }

        return ControlCommand.Talking(
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
        ControlCommand.Talking(
            new Command("list", "Lists the faults and how often each has struck."),
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
                    AnsiConsole.Profile.Width = 1000; // a line for each, however wide
                }

                AnsiConsole.Write(table);
            }
        );

    private static Command Clear()
    {
        var id = new Argument<string?>("id") { Description = "The one to take away [default: all].", Arity = ArgumentArity.ZeroOrOne };
        return ControlCommand.Talking(
            new Command("clear", "Takes faults away.") { id },
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
