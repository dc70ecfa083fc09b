using System.Net;
using System.Text;
using Azure.Core.Serialization;

namespace MeshPort.Runtime.Contract.Worker.Http;

public static class HttpRequestDataExtensions
{
    /// <param name="encoding">UTF-8 when null; a byte order mark wins.</param>
    public static async Task<string?> ReadAsStringAsync(this HttpRequestData request, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var reader = Reader(request, encoding);
        return await reader.ReadToEndAsync();
    }

    /// <inheritdoc cref="ReadAsStringAsync"/>
    /// <exception cref="InvalidOperationException">The server refuses reads that hold a thread, as it does by default.</exception>
    public static string? ReadAsString(this HttpRequestData request, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var reader = Reader(request, encoding);
        return reader.ReadToEnd();
    }

    public static ValueTask<T?> ReadFromJsonAsync<T>(this HttpRequestData request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ReadFromJsonAsync<T>(request, WorkerSerializer.Of(request.FunctionContext), cancellationToken);
    }

    public static async ValueTask<T?> ReadFromJsonAsync<T>(this HttpRequestData request, ObjectSerializer serializer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(serializer);
        return (T?)await serializer.DeserializeAsync(request.Body, typeof(T), cancellationToken);
    }

    public static HttpResponseData CreateResponse(this HttpRequestData request, HttpStatusCode statusCode)
    {
        ArgumentNullException.ThrowIfNull(request);
        var response = request.CreateResponse();
        response.StatusCode = statusCode;
        return response;
    }

    private static StreamReader Reader(HttpRequestData request, Encoding? encoding) => new(request.Body, encoding ?? Encoding.UTF8, leaveOpen: true);
}
