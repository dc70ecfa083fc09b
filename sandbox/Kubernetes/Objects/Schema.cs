namespace MeshPort.Sandbox.Kubernetes.Objects;

internal enum SchemaKind
{
    /// <summary>Any value, with one owner for the whole (x-kubernetes-preserve-unknown-fields).</summary>
    Any,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,

    /// <summary>A number with or without a suffix.</summary>
    Quantity,

    /// <summary>Named fields.</summary>
    Struct,

    /// <summary>Free keys with values of one schema.</summary>
    Map,
    List,
}

/// <summary>
/// The part of an OpenAPI schema that server-side apply and validation need: fields, list keys, atomicity, required fields and bounds
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
/// </summary>
internal sealed record Schema(SchemaKind Kind)
{
    public static readonly Schema Any = new(SchemaKind.Any);
    public static readonly Schema Text = new(SchemaKind.String);
    public static readonly Schema Integer = new(SchemaKind.Integer);
    public static readonly Schema Long = Integer with { GoName = "int64" };
    public static readonly Schema Real = new(SchemaKind.Number);
    public static readonly Schema Flag = new(SchemaKind.Boolean);
    public static readonly Schema IntOrString = new(SchemaKind.IntOrString);
    public static readonly Schema Quantity = new(SchemaKind.Quantity);
    public static readonly Schema Strings = AtomicList(Text);
    public static readonly Schema StringMap = Map(Text);

    public IReadOnlyDictionary<string, Schema> Fields { get; init; } = new Dictionary<string, Schema>();

    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Go's name of the type in decoder messages. Null when the position implies it.</summary>
    public string? GoName { get; init; }

    /// <summary>The schema of list items or map values.</summary>
    public Schema? Item { get; init; }

    /// <summary>The merge keys of a list. Empty for an atomic list or a set.</summary>
    public IReadOnlyList<string> Keys
    {
        get;
        init
        {
            field = value;
            SortedKeys = [.. value.Order(StringComparer.Ordinal)];
        }
    } = [];

    /// <summary>In the order of path elements.</summary>
    public IReadOnlyList<string> SortedKeys { get; private init; } = [];

    /// <summary>A list of unique scalars, merged by value.</summary>
    public bool Set { get; init; }

    public bool Atomic { get; init; }

    /// <summary>Optional key fields and their default values.</summary>
    public IReadOnlyDictionary<string, string> KeyDefaults { get; init; } = new Dictionary<string, string>();

    /// <summary>The key of the list in a strategic merge patch, when it is not the first of <see cref="Keys"/>.</summary>
    public string? PatchKey { get; init; }

    /// <summary>Keeps undeclared fields (x-kubernetes-preserve-unknown-fields beside properties).</summary>
    public bool PreserveUnknown { get; init; }

    public bool Nullable { get; init; }

    /// <summary>Constraints beyond the type. Null without any.</summary>
    public SchemaConstraints? Constraints { get; init; }

    /// <summary>Whether this schema or one below has CEL rules.</summary>
    public bool HasRules { get; init; }

    /// <summary>Whether this schema or one below has a default.</summary>
    public bool HasDefaults { get; init; }

    public bool IsLeaf => Atomic || Kind is not (SchemaKind.Struct or SchemaKind.Map or SchemaKind.List);

    public static Schema Struct(params ReadOnlySpan<(string Name, Schema Schema)> fields)
    {
        var all = new Dictionary<string, Schema>(StringComparer.Ordinal);
        foreach (var (name, schema) in fields)
        {
            all[name] = schema;
        }

        return new Schema(SchemaKind.Struct) { Fields = all };
    }

    public static Schema Map(Schema item) => new(SchemaKind.Map) { Item = item };

    public static Schema AtomicList(Schema item) => new(SchemaKind.List) { Item = item, Atomic = true };

    public static Schema SetOf(Schema item) => new(SchemaKind.List) { Item = item, Set = true };

    public static Schema ListMap(Schema item, params string[] keys) => new(SchemaKind.List) { Item = item, Keys = keys };

    public Schema? Child(string field) =>
        Kind switch
        {
            SchemaKind.Struct => Fields.GetValueOrDefault(field) ?? (PreserveUnknown ? Any : null),
            SchemaKind.Map => Item,
            _ => Any,
        };
}
