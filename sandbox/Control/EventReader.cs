using System.Text.Json.Nodes;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.Faults;

namespace MeshPort.Sandbox.Control;

/// <summary>Reads commands to Event Grid from JSON and reports all invalid fields at once.</summary>
internal sealed class EventReader(JsonObject body)
{
    private readonly List<FieldProblem> _problems = [];

    /// <summary><c>{"cluster": ARM id, "type": "NodePoolRollingStarted", "data": {"nodePoolName": "..."}}</c></summary>
    /// <exception cref="InvalidControlException">Lists all invalid fields.</exception>
    public static (string Cluster, ContainerServiceEvent Raised) Event(JsonObject body, SandboxEvents events)
    {
        var reader = new EventReader(body);
        reader.RequireKnown("cluster", "type", "data");
        var (cluster, raised) = (reader.Cluster(events), reader.Raised());
        return raised is not null && reader._problems.Count == 0 ? (cluster, raised) : throw new InvalidControlException(reader._problems);
    }

    /// <summary><c>{"hold": true, "duplicate": true, "duplicateNext": 2, "reorder": true}</c>; every field is optional.</summary>
    /// <exception cref="InvalidControlException">Lists all invalid fields.</exception>
    public static EventSwitches Switches(JsonObject body)
    {
        var reader = new EventReader(body);
        reader.RequireKnown("hold", "duplicate", "duplicateNext", "reorder");
        var switches = new EventSwitches(
            reader.Flag("hold"),
            reader.Flag("duplicate"),
            reader.Flag("reorder"),
            reader.Count("duplicateNext")
        );
        return reader._problems.Count == 0 ? switches : throw new InvalidControlException(reader._problems);
    }

    private void RequireKnown(params string[] fields)
    {
        foreach (var (name, _) in body.Where(pair => !fields.Contains(pair.Key)))
        {
            Wrong(name, $"Unknown field '{name}'. The fields are {string.Join(", ", fields)}.");
        }
    }

    private string Cluster(SandboxEvents events)
    {
        var id = Text("cluster", "write the ARM id of a cluster");
        if (id is not null && events.FindCluster(id) is null)
        {
            Wrong("cluster", $"There is no cluster '{id}'; write the ARM id of one that has been created.");
        }

        return id ?? "";
    }

    private ContainerServiceEvent? Raised()
    {
        var (type, data) = (Text("type", $"write one of {string.Join(", ", ContainerServiceEvent.Types)}"), Data());
        try
        {
            return type is null || data is null ? null : ContainerServiceEvent.Create(type, data);
        }
        catch (ArgumentException refusal)
        {
            // .NET adds the parameter name; the field already says it.
            Wrong(refusal.ParamName ?? "type", refusal.Message.Split(" (Parameter ")[0]);
            return null;
        }
    }

    private Dictionary<string, string>? Data()
    {
        var data = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in body["data"] as JsonObject ?? [])
        {
            if (value is not JsonValue node || !node.TryGetValue<string>(out var text))
            {
                Wrong("data", $"'{name}' must be a string, as all data of these events.");
                return null;
            }

            data[name] = text;
        }

        if (body["data"] is null or JsonObject)
        {
            return data;
        }

        Wrong("data", "Write a JSON object.");
        return null;
    }

    private string? Text(string field, string expected)
    {
        if (body[field] is JsonValue value && value.TryGetValue<string>(out var text))
        {
            return text;
        }

        Wrong(field, body[field] is null ? $"'{field}' is missing; {expected}." : $"'{field}' is not a string; {expected}.");
        return null;
    }

    private bool? Flag(string field)
    {
        if (body[field] is not JsonValue value || !value.TryGetValue<bool>(out var flag))
        {
            return body[field] is null ? null : Wrong<bool>(field, "Write true or false.");
        }

        return flag;
    }

    private int Count(string field) =>
        body[field] switch
        {
            null => 0,
            JsonValue value when value.TryGetValue<int>(out var count) && count >= 0 => count,
            _ => Wrong<int>(field, "Write a number of deliveries, 0 or more."),
        };

    private T Wrong<T>(string field, string message)
        where T : struct
    {
        Wrong(field, message);
        return default;
    }

    private void Wrong(string field, string message) => _problems.Add(new FieldProblem(field, message));
}

/// <summary>Changes to the delivery of events. Null leaves a setting as it is.</summary>
internal sealed record EventSwitches(bool? Hold, bool? Duplicate, bool? Reorder, int DuplicateNext);
