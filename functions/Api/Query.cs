using System.Buffers;
using System.Globalization;
using MeshPort.Model;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Query parameters: those that mean something are read, any other is refused rather than passed over in silence.</summary>
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

    /// <summary>The key that Azure Functions takes in the query.</summary>
    private const string FunctionsKey = "code";

    /// <returns>The answer that refuses the request; null when all parameters are known.</returns>
    public static IResult? Refusal(HttpRequest request, params string[] known)
    {
        var errors = request
            .Query.Keys.Where(name => name != FunctionsKey && !known.Contains(name))
            .Select(name => new FieldError(
                "",
                "UnknownParameter",
                $"There is no query parameter '{name}' here; leave it out. Nothing was changed."
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
                        $"The query parameter {name} is '{request.Query[name]}'; write true or false."
                    ))
            )
            .Concat(
                known.Contains(Top) && request.Query.ContainsKey(Top) && Number(request) is not (>= 1 and <= LargestPage)
                    ?
                    [
                        new FieldError(
                            "",
                            "InvalidValue",
                            $"The query parameter {Top} is '{request.Query[Top]}'; write a number from 1 to {LargestPage}."
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
                            $"The query parameter {After} is not one that a nextLink has; follow the link as it is."
                        ),
                    ]
                    : []
            )
            .ToList();
        return errors.Count == 0 ? null : Problem.Invalid(errors);
    }

    public static bool Flag(HttpRequest request, string name) => bool.TryParse(request.Query[name], out var value) && value;

    public static int PageSize(HttpRequest request) => Number(request) ?? DefaultPage;

    /// <summary>Where the page begins; null with the first.</summary>
    public static string? Start(HttpRequest request) => request.Query[After] is [{ Length: > 0 } after, ..] ? after : null;

    private static int? Number(HttpRequest request) =>
        int.TryParse(request.Query[Top], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
