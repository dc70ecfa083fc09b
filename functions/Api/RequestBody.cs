using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Reads JSON bodies of at most 1 MiB.</summary>
internal static class RequestBody
{
    private const int Limit = 1024 * 1024;
    private static readonly string[] Known = ["spec", "metadata", "status"];

    /// <summary>
    /// Reads the body of a PUT: <c>{"spec": {...}}</c>. It may contain <c>metadata</c> and <c>status</c>, so that a caller can change a
    /// resource and put it back.
    /// </summary>
    /// <returns>The spec with the errors in other fields, or the answer that refuses the request.</returns>
    public static async Task<(JsonElement Spec, IReadOnlyList<FieldError> Errors, IResult? Refusal)> ReadSpecAsync(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var (body, refusal) = await ReadAsync(request, "{\"spec\": {...}}", cancellationToken);
        return refusal is null ? Spec(body) : (default, [], refusal);
    }

    /// <param name="expected">The expected shape of the body, for the error message.</param>
    /// <returns>The body, or the answer that refuses the request.</returns>
    public static async Task<(JsonElement Body, IResult? Refusal)> ReadAsync(
        HttpRequest request,
        string expected,
        CancellationToken cancellationToken
    )
    {
        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = await BoundedBody.ReadAsync(request, Limit, cancellationToken);
        }
        catch (BadHttpRequestException exception)
        {
            return (
                default,
                exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? Problem.TooLarge(Limit)
                    : Problem.Malformed(exception.Message)
            );
        }

        var body = JsonText.Parse(bytes, out var malformed);
        return malformed is null ? (body, null) : (default, Problem.Malformed($"{malformed} Send {expected} as application/json."));
    }

    private static (JsonElement Spec, IReadOnlyList<FieldError> Errors, IResult? Refusal) Spec(JsonElement root)
    {
        var isObject = root.ValueKind == JsonValueKind.Object;
        List<FieldError> errors = isObject
            ?
            [
                .. root.EnumerateObject()
                    .Where(property => !Known.Contains(property.Name))
                    .Select(property => new FieldError(
                        $"/{JsonPointer.Escape(property.Name)}",
                        "UnknownField",
                        $"The body has no field '{property.Name}'. Put desired fields into 'spec'."
                    )),
            ]
            : [];
        if (isObject && root.TryGetProperty("spec", out var spec))
        {
            return (spec, errors, null);
        }

        return (
            default,
            [],
            Problem.Invalid([new FieldError("/spec", "Required", "'spec' is missing. Send {\"spec\": {...}}."), .. errors])
        );
    }
}
