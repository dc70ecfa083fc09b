using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The part of OData's <c>$filter</c> that lists of resources and resource groups support: <c>eq</c>, <c>ne</c> and <c>substringof</c>,
/// joined by <c>and</c>.
/// </summary>
internal static partial class ListFilter
{
    /// <exception cref="ArmException">400 for anything else.</exception>
    public static Func<JsonObject, bool> Parse(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter))
        {
            return _ => true;
        }

        var clauses = filter.Split(" and ", StringSplitOptions.TrimEntries).Select(clause => Clause().Match(clause)).ToList();
        if (!clauses.TrueForAll(clause => clause.Success))
        {
            throw new ArmException(400, "InvalidFilterInQueryString", $"Invalid $filter '{filter}' specified in the query string.");
        }

        var tag = clauses.FirstOrDefault(clause => Is(clause.Groups["field"].Value, "tagName"))?.Groups["value"].Value;
        return item => clauses.TrueForAll(clause => Matches(item, clause, tag));
    }

    private static bool Matches(JsonObject item, Match clause, string? tag)
    {
        var (field, value) = (clause.Groups["field"].Value, clause.Groups["value"].Value);
        if (clause.Groups["within"].Success)
        {
            return item.Text("name")?.Contains(clause.Groups["within"].Value, StringComparison.OrdinalIgnoreCase) == true;
        }

        var found = field.ToUpperInvariant() switch
        {
            "TAGNAME" => item.Object("tags")?.FirstOrDefault(pair => Is(pair.Key, value)).Key,
            "TAGVALUE" => tag is null ? null : item.Object("tags")?.FirstOrDefault(pair => Is(pair.Key, tag)).Value?.ToString(),
            "RESOURCETYPE" => item.Text("type"),
            "RESOURCEGROUP" => item.Text("id")?.Split('/')[4],
            _ => item.Text(field),
        };
        return Is(found, value) != (clause.Groups["operator"].Value == "ne");
    }

    private static bool Is(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        @"^((?<field>resourceType|resourceGroup|name|location|tagName|tagValue) (?<operator>eq|ne) '(?<value>[^']*)'"
            + @"|substringof\('(?<within>[^']*)', ?name\))$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Clause();
}
