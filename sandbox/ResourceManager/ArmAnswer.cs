using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>A handler's answer. The body is JSON or empty.</summary>
internal sealed record ArmAnswer(int Status, JsonNode? Body = null)
{
    private const int PageSize = 250;
    private const string SkipToken = "$skiptoken";

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The long-running operation that the answer announces.</summary>
    public string? OperationId { get; init; }

    public static ArmAnswer Ok(JsonNode body) => new(200, body);

    /// <summary>A list that fits on one page.</summary>
    public static ArmAnswer Page(IEnumerable<JsonObject> items) =>
        new(200, new JsonObject { ["value"] = new JsonArray([.. items.Select(item => (JsonNode)item)]) });

    /// <summary>A paged list. <c>nextLink</c> leads to the next page; its token is opaque.</summary>
    /// <param name="most">The items of a page.</param>
    /// <exception cref="ArmException">400 for an invalid $top or $skiptoken.</exception>
    public static ArmAnswer Page(ArmRequest request, IEnumerable<JsonObject> items, int most = PageSize)
    {
        var size =
            request.Query("$top") is not { } top ? most
            : int.TryParse(top, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0 ? Math.Min(asked, most)
            : throw new ArmException(400, "InvalidTopInQueryString", $"The $top '{top}' specified in the query string is invalid.");
        var first = Offset(request.Query(SkipToken));
        var page = items.Skip(first).Take(size + 1).ToList();
        var answer = Page(page.Take(size));
        if (page.Count > size && answer.Body is JsonObject body)
        {
            body["nextLink"] = request.UrlWith(
                SkipToken,
                Convert.ToBase64String(Encoding.ASCII.GetBytes((first + size).ToString(CultureInfo.InvariantCulture)))
            );
        }

        return answer;
    }

    public ArmAnswer With(string name, string value) => this with { Headers = [.. Headers, (name, value)] };

    private static int Offset(string? token)
    {
        if (token is null)
        {
            return 0;
        }

        return
            System.Buffers.Text.Base64.IsValid(token)
            && int.TryParse(
                Encoding.ASCII.GetString(Convert.FromBase64String(token)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var offset
            )
            ? offset
            : throw new ArmException(400, "InvalidSkipToken", $"The skip token '{token}' specified in the query string is invalid.");
    }
}
