using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>Reads the body of a PUT: <c>{"spec": {...}}</c>. <c>metadata</c> and <c>status</c> may stay in it, so that what was read can be changed and put back.</summary>
internal static class RequestBody
{
    private const int Limit = 1024 * 1024;
    private static readonly string[] Known = ["spec", "metadata", "status"];

    /// <returns>The spec, or the answer that refuses the request.</returns>
    public static async Task<(JsonElement Spec, IResult? Refusal)> ReadSpecAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int count;
        while ((count = await request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            buffer.Write(chunk, 0, count);
            if (buffer.Length > Limit)
            {
                return (default, Problem.TooLarge(Limit));
            }
        }

        try
        {
            using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Spec(document.RootElement);
        }
        catch (JsonException trouble)
        {
            return (default, Problem.Malformed($"{trouble.Message} Send {{\"spec\": {{...}}}} as application/json."));
        }
    }

    private static (JsonElement Spec, IResult? Refusal) Spec(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("spec", out var spec))
        {
            return (default, Problem.Invalid([new FieldError("/spec", "Required", "'spec' is missing; send {\"spec\": {...}}.")]));
        }

        var unknown = root.EnumerateObject().Where(property => !Known.Contains(property.Name)).ToList();
        return unknown.Count == 0
            ? (spec.Clone(), null)
            : (default, Problem.Invalid(unknown.ConvertAll(property => new FieldError($"/{property.Name}", "UnknownField", $"There is no field '{property.Name}' here; what is desired goes into 'spec'."))));
    }
}
