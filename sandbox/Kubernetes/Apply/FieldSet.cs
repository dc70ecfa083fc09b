using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>
/// A set of field paths as a tree, in the form of FieldsV1: <c>f:name</c> is a field, <c>k:{...}</c> an item by key, <c>v:...</c> an item
/// by value, <c>.</c> the node itself beside its children.
/// </summary>
internal sealed class FieldSet
{
    private readonly Dictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    public bool Member { get; set; }

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public bool IsEmpty => !Member && _children.Count == 0;

    public FieldSet Child(string element)
    {
        if (!_children.TryGetValue(element, out var child))
        {
            _children[element] = child = new FieldSet();
        }

        return child;
    }

    /// <summary>Adds a set as a branch of this one.</summary>
    public void Attach(string element, FieldSet branch) =>
        _children[element] = _children.TryGetValue(element, out var present) ? present.Union(branch) : branch;

    public FieldSet? Find(string element) => _children.GetValueOrDefault(element);

    /// <summary>Shares branches that only one side has: a set does not change once it is built.</summary>
    public FieldSet Union(FieldSet other)
    {
        if (IsEmpty || other.IsEmpty)
        {
            return IsEmpty ? other : this;
        }

        var result = new FieldSet { Member = Member || other.Member };
        foreach (var (element, child) in _children)
        {
            result._children[element] = other.Find(element) is { } match ? child.Union(match) : child;
        }

        foreach (var (element, child) in other._children)
        {
            result._children.TryAdd(element, child);
        }

        return result;
    }

    public FieldSet Intersect(FieldSet other)
    {
        var result = new FieldSet { Member = Member && other.Member };
        foreach (var (element, child) in _children)
        {
            if (other.Find(element) is { } match && child.Intersect(match) is { IsEmpty: false } both)
            {
                result._children[element] = both;
            }
        }

        return result;
    }

    public FieldSet Except(FieldSet other)
    {
        if (other.IsEmpty)
        {
            return this;
        }

        var result = new FieldSet { Member = Member && !other.Member };
        foreach (var (element, child) in _children)
        {
            var rest = other.Find(element) is { } match ? child.Except(match) : child;
            if (!rest.IsEmpty)
            {
                result._children[element] = rest;
            }
        }

        return result;
    }

    /// <summary>The members without any path of <paramref name="owned"/> at or below them.</summary>
    public FieldSet Unless(FieldSet owned)
    {
        var result = new FieldSet { Member = Member && owned.IsEmpty };
        foreach (var (element, child) in _children)
        {
            var rest = child.Unless(owned.Find(element) ?? Nothing);
            if (!rest.IsEmpty)
            {
                result._children[element] = rest;
            }
        }

        return result;
    }

    /// <summary>This set as the child of a new root.</summary>
    public FieldSet Under(string element)
    {
        var root = new FieldSet();
        root._children[element] = this;
        return root;
    }

    public bool SameAs(FieldSet other) =>
        Member == other.Member
        && _children.Count == other._children.Count
        && _children.All(pair => other._children.TryGetValue(pair.Key, out var match) && pair.Value.SameAs(match));

    /// <summary>Every member as a path in the form of messages: <c>.spec.ports[port=443,protocol="TCP"].name</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (Member)
        {
            yield return prefix;
        }

        foreach (var (element, child) in _children.OrderBy(pair => pair.Key, PathElementOrder.Instance))
        {
            foreach (var path in child.Paths(prefix + Print(element)))
            {
                yield return path;
            }
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Member && _children.Count > 0)
        {
            json["."] = new JsonObject();
        }

        foreach (var (element, child) in _children.OrderBy(pair => pair.Key, PathElementOrder.Instance))
        {
            json[element] = child.ToJson();
        }

        return json;
    }

    public static FieldSet FromJson(JsonObject json, bool root = true)
    {
        var set = new FieldSet { Member = !root && (json.Count == 0 || json.ContainsKey(".")) };
        foreach (var (element, child) in json)
        {
            if (element != "." && child is JsonObject map)
            {
                set._children[element] = FromJson(map, root: false);
            }
        }

        return set;
    }

    public static string Field(string name) => $"f:{name}";

    public static string Print(string element) =>
        element[..2] switch
        {
            "f:" => $".{element[2..]}",
            "k:" when JsonNode.Parse(element[2..]) is JsonObject key =>
                $"[{string.Join(",", key.Select(pair => $"{pair.Key}={pair.Value?.ToJsonString()}"))}]",
            _ => $"[={element[2..]}]",
        };

    public static readonly FieldSet Nothing = new();
}
