using System.Buffers;
using System.Globalization;
using MeshPort.Json;
using MeshPort.Model;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// Reads query parameters. An unknown parameter is an error: ignoring a misspelled <c>dryRun</c> would change the cluster.
/// </summary>
internal static class Query
{
    public const string DryRun = "dryRun";
    public const string KeepAzure = "keepAzure";
    public const string Partial = "partial";
    public const string Top = "top";
    public const string After = "after";
    public const string Ready = "ready";
    public const string Port = "port";
    public const string Gateway = "gateway";
    public const string ResourceGroup = "resourceGroup";
    public const string Cluster = "cluster";

    /// <summary>Parameters of the console: the number of a page, the tone of exposures, and a part of a name.</summary>
    public const string Page = "page";
    public const string State = "state";
    public const string Search = "text";
    public const int DefaultPage = 100;
    public const int LargestPage = 1000;

    /// <summary>The values of <see cref="State"/>.</summary>
    public static readonly IReadOnlyList<string> States = ["good", "bad", "unknown"];

    private const int LastPage = 100_000;
    private const int LongestText = 100;
    private const int LongestKey = 256;
    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.()|"
    );

    /// <summary>The function key, which Azure Functions accepts in the query.</summary>
    private const string FunctionsKey = "code";

    /// <returns>The answer that refuses the request; null when all parameters are valid.</returns>
    public static IResult? Refusal(HttpRequest request, IReadOnlyList<string> known)
    {
        var errors = request
            .Query.Where(parameter => parameter.Key != FunctionsKey)
            .Select(parameter =>
                !known.Contains(parameter.Key)
                    ? new FieldError(
                        "",
                        "UnknownParameter",
                        $"This request has no query parameter '{parameter.Key}'. Remove it. Nothing was changed."
                    )
                : Problem(parameter.Key, parameter.Value.ToString()) is { } problem ? new FieldError("", "InvalidValue", problem)
                : null
            )
            .OfType<FieldError>()
            .ToList();
        return errors.Count == 0 ? null : Api.Problem.Invalid(errors);
    }

    public static bool Flag(HttpRequest request, string name) => bool.TryParse(request.Query[name], out var value) && value;

    public static int PageSize(HttpRequest request) => Number(request, Top) ?? DefaultPage;

    public static int? Number(HttpRequest request, string name) => Number(request.Query[name].ToString());

    /// <returns>Null when the request does not have the parameter.</returns>
    public static string? Text(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } text, ..] ? text : null;

    /// <summary>The key before the first item of the page; null for the first page.</summary>
    public static string? Start(HttpRequest request) => Text(request, After);

    /// <summary>The parameters that the link to the next page repeats.</summary>
    public static IEnumerable<(string Name, string Value)> Filters(HttpRequest request) =>
        request
            .Query.Where(parameter => parameter.Key is not (Top or After or FunctionsKey))
            .Select(parameter => (parameter.Key, parameter.Value.ToString()));

    /// <summary>The error in the value of a parameter, or null.</summary>
    private static string? Problem(string name, string text) =>
        name switch
        {
            Top => Number(text) is >= 1 and <= LargestPage ? null : Set(name, text, $"a number from 1 to {LargestPage}"),
            Page => Number(text) is >= 1 and <= LastPage ? null : Set(name, text, "the number of a page"),
            State => States.Contains(text) ? null : Set(name, text, string.Join(", ", States)),
            Search => text.Length <= LongestText ? null : $"The query parameter {name} is longer than {LongestText} characters.",
            Port => Number(text) is >= 1 and <= 65535 ? null : Set(name, text, "a number from 1 to 65535"),
            Gateway => ChoiceNames<GatewayKind>.All.ContainsKey(text)
                ? null
                : Set(name, text, string.Join(" or ", ChoiceNames<GatewayKind>.All.Keys)),
            ResourceGroup => Explain(name, ClusterId.Problem(resourceGroup: text)),
            Cluster => Explain(name, ClusterId.Problem(name: text)),
            After => text.Length > LongestKey || text.AsSpan().ContainsAnyExcept(KeyCharacters)
                ? $"The query parameter {After} does not come from a nextLink. Use the link unchanged."
                : null,
            _ => bool.TryParse(text, out _) ? null : Set(name, text, "true or false"),
        };

    private static string Set(string name, string text, string valid) => $"The query parameter {name} is '{text}'. Set it to {valid}.";

    private static string? Explain(string name, string? problem) =>
        problem is null ? null : $"The query parameter {name} is not valid: {problem}";

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
