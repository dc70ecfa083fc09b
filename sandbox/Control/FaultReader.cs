using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;

namespace MeshPort.Sandbox.Control;

/// <summary>Reads a fault rule from JSON and reports all invalid fields at once.</summary>
internal sealed class FaultReader
{
    private static readonly string[] Fields =
    [
        "kind",
        "layer",
        "operation",
        "target",
        "probability",
        "count",
        "every",
        "after",
        "retryAfter",
        "duration",
        "code",
        "message",
    ];
    private readonly JsonObject _body;
    private readonly List<FieldProblem> _problems = [];

    private FaultReader(JsonObject body) => _body = body;

    /// <exception cref="InvalidControlException">Lists all invalid fields.</exception>
    public static FaultRule Read(JsonObject body)
    {
        var reader = new FaultReader(body);
        var rule = reader.Rule();
        reader._problems.AddRange(FaultRules.Check(rule).Where(problem => reader._problems.All(known => known.Field != problem.Field)));
        return reader._problems.Count == 0 ? rule : throw new InvalidControlException(reader._problems);
    }

    private FaultRule Rule()
    {
        foreach (var (name, _) in _body.Where(pair => !Fields.Contains(pair.Key)))
        {
            Wrong(name, $"Unknown field '{name}'. The fields are {string.Join(", ", Fields)}.");
        }

        var kind = Choice<FaultKind>("kind");
        return new FaultRule
        {
            Kind = kind ?? FaultKind.Reset,
            Layer = Choice<FaultLayer>("layer", kind?.Layers() is [var only] ? only : null) ?? FaultLayer.Arm,
            Operation = Text("operation") ?? "* *",
            Target = Text("target") ?? "*",
            Probability = Number("probability"),
            Count = Whole("count"),
            Every = Whole("every"),
            After = Whole("after") ?? 0,
            RetryAfter = Whole("retryAfter"),
            Duration = Number("duration"),
            Code = Text("code"),
            Message = Text("message"),
        };
    }

    private T? Choice<T>(string field, T? usual = null)
        where T : struct, Enum
    {
        if (_body[field] is null && usual is not null)
        {
            return usual;
        }

        // By name only: a number would parse as well.
        var text = Text(field);
        if (
            Enum.GetValues<T>()
                .Where(value => string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
                .Select(value => (T?)value)
                .FirstOrDefault() is
            { } known
        )
        {
            return known;
        }

        Wrong(
            field,
            text is null
                ? $"'{field}' is missing. Write {FaultRules.Or(Enum.GetValues<T>())}."
                : $"Unknown value '{text}'. Write {FaultRules.Or(Enum.GetValues<T>())}."
        );
        return null;
    }

    private string? Text(string field) => Value<string>(field, "a string");

    private double? Number(string field) => _body[field] is null ? null : Value<double?>(field, "a number");

    private int? Whole(string field) => _body[field] is null ? null : Value<int?>(field, "a whole number");

    private T? Value<T>(string field, string expected)
    {
        if (_body[field] is not { } node)
        {
            return default;
        }

        try
        {
            return node.Deserialize<T>();
        }
        catch (JsonException)
        {
            Wrong(field, $"{node.ToJsonString()} is not {expected}.");
            return default;
        }
    }

    private void Wrong(string field, string message) => _problems.Add(new FieldProblem(field, message));
}
