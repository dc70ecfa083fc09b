using System.Globalization;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Numbers in a query, parsed like Go's parameter codec: an invalid number is refused even where it has no effect.</summary>
internal static class QueryNumbers
{
    private static readonly string[] OfLists = ["limit", "timeoutSeconds"];

    /// <summary>Null when the query does not have it.</summary>
    /// <exception cref="KubeError">400 for an invalid number.</exception>
    public static long? Number(this IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values))
        {
            return null;
        }

        var text = values[0] ?? "";
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw KubeError.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    /// <summary>Checks the query of a list, a watch or the deletion of a collection.</summary>
    public static void CheckList(IQueryCollection query)
    {
        foreach (var name in OfLists)
        {
            query.Number(name);
        }
    }
}
