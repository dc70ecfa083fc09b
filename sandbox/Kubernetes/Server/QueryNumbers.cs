using System.Globalization;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Numbers of a query, as Go's parameter codec reads them: what is none is refused, also where it would not matter.</summary>
internal static class QueryNumbers
{
    private static readonly string[] OfLists = ["limit", "timeoutSeconds"];

    /// <summary>Null when the query does not have it.</summary>
    /// <exception cref="KubeError">400 for what is no number.</exception>
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

    /// <summary>Of a list, a watch or the deletion of a collection.</summary>
    public static void CheckList(IQueryCollection query)
    {
        foreach (var name in OfLists)
        {
            query.Number(name);
        }
    }
}
