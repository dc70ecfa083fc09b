namespace MeshPort.Validation;

/// <summary>
/// Records the rules that a validator applies while it reads a document with every field. The JSON Schema of the environment format is made
/// from them, so that it cannot differ from the validation.
/// </summary>
internal sealed class FieldRules
{
    private readonly Dictionary<string, FieldRule> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _alternatives = new(StringComparer.Ordinal);

    /// <summary>By RFC 6901 pointer. The rules of list items have the index 0.</summary>
    public IReadOnlyDictionary<string, FieldRule> All => _rules;

    /// <summary>By pointer of an object, the fields of which exactly one is set.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Alternatives => _alternatives;

    public void ExactlyOne(string pointer, IReadOnlyList<string> fields) => _alternatives[pointer] = fields;

    public void Add(string pointer, FieldRule rule) => _rules[pointer] = rule;

    /// <param name="isRequired">Whether a missing list is refused, too.</param>
    public void NotEmpty(string pointer, bool isRequired) => _rules[pointer] = _rules[pointer] with { Least = 1, IsRequired = isRequired };

    public void Distinct(string pointer) => _rules[pointer] = _rules[pointer] with { IsDistinct = true };

    public void AtMost(string pointer, int most) => _rules[pointer] = _rules[pointer] with { Most = most };
}

/// <param name="Text">The rule for a text, or for the values of a list or a map.</param>
/// <param name="Names">The rule for the names of a map.</param>
/// <param name="Choices">The valid texts; empty when the kind has no choices.</param>
/// <param name="Least">The smallest number, or the least items.</param>
/// <param name="Most">The largest number, or the most items.</param>
internal sealed record FieldRule(
    FieldKind Kind,
    bool IsRequired = false,
    TextRule? Text = null,
    IReadOnlyList<string>? Choices = null,
    int? Least = null,
    int? Most = null,
    bool IsDistinct = false,
    TextRule? Names = null
);

internal enum FieldKind
{
    Text,
    Number,
    Flag,
    Duration,
    Choice,
    Object,
    Json,
    ObjectList,
    TextList,
    ChoiceList,
    PortList,
    TextMap,
    QuantityMap,
}
