using System.Buffers;
using System.Globalization;
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
    public const int DefaultPage = 100;
    public const int LargestPage = 1000;

    private const int LongestKey = 256;
    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.()"
    );

    /// <summary>The function key, which Azure Functions accepts in the query.</summary>
    private const string FunctionsKey = "code";

    /// <returns>The answer that refuses the request; null when all parameters are valid.</returns>
    public static IResult? Refusal(HttpRequest request, IReadOnlyList<string> known)
    {
        var errors = request
            .Query.Keys.Where(name => name != FunctionsKey && !known.Contains(name))
            .Select(name => new FieldError(
                "",
                "UnknownParameter",
                $"This request has no query parameter '{name}'. Remove it. Nothing was changed."
            ))
            .Concat(
                known
                    .Where(name =>
                        name is DryRun or KeepAzure or Partial
                        && request.Query.ContainsKey(name)
                        && !bool.TryParse(request.Query[name], out _)
                    )
                    .Select(name => new FieldError(
                        "",
                        "InvalidValue",
                        $"The query parameter {name} is '{request.Query[name]}'. Set it to true or false."
                    ))
            )
            .Concat(
                known.Contains(Top) && request.Query.ContainsKey(Top) && Number(request) is not (>= 1 and <= LargestPage)
                    ?
                    [
                        new FieldError(
                            "",
                            "InvalidValue",
                            $"The query parameter {Top} is '{request.Query[Top]}'. Set it to a number from 1 to {LargestPage}."
                        ),
                    ]
                    : []
            )
            .Concat(
                known.Contains(After)
                && Start(request) is { } after
                && (after.Length > LongestKey || after.AsSpan().ContainsAnyExcept(KeyCharacters))
                    ?
                    [
                        new FieldError(
                            "",
                            "InvalidValue",
                            $"The query parameter {After} does not come from a nextLink. Use the link unchanged."
                        ),
                    ]
                    : []
            )
            .ToList();
        return errors.Count == 0 ? null : Problem.Invalid(errors);
    }

    public static bool Flag(HttpRequest request, string name) => bool.TryParse(request.Query[name], out var value) && value;

    public static int PageSize(HttpRequest request) => Number(request) ?? DefaultPage;

    /// <summary>The key before the first item of the page; null for the first page.</summary>
    public static string? Start(HttpRequest request) => request.Query[After] is [{ Length: > 0 } after, ..] ? after : null;

    private static int? Number(HttpRequest request) =>
        int.TryParse(request.Query[Top], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
