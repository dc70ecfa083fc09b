using System.Text;
using Azure.Core.Serialization;

namespace MeshPort.Runtime.Contract.Worker.Http;

/// <summary>The synchronous forms are refused by the server, which does not let writes hold a thread by default.</summary>
public static class HttpResponseDataExtensions
{
    private const string Json = "application/json; charset=utf-8";

    public static void WriteString(this HttpResponseData response, string value, Encoding? encoding = null) =>
        WriteBytes(response, Bytes(value, encoding));

    public static Task WriteStringAsync(this HttpResponseData response, string value, Encoding? encoding = null) =>
        WriteStringAsync(response, value, CancellationToken.None, encoding);

    public static Task WriteStringAsync(this HttpResponseData response, string value, CancellationToken cancellationToken, Encoding? encoding = null) =>
        WriteBytesAsync(response, Bytes(value, encoding), cancellationToken);

    public static ValueTask WriteAsJsonAsync<T>(this HttpResponseData response, T instance, CancellationToken cancellationToken = default) =>
        WriteAsJsonAsync(response, instance, Json, cancellationToken);

    public static ValueTask WriteAsJsonAsync<T>(this HttpResponseData response, T instance, string contentType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        return WriteAsJsonAsync(response, instance, WorkerSerializer.Of(response.FunctionContext), contentType, cancellationToken);
    }

    public static ValueTask WriteAsJsonAsync<T>(this HttpResponseData response, T instance, ObjectSerializer serializer, CancellationToken cancellationToken = default) =>
        WriteAsJsonAsync(response, instance, serializer, Json, cancellationToken);

    public static ValueTask WriteAsJsonAsync<T>(this HttpResponseData response, T instance, ObjectSerializer serializer, string contentType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(serializer);
        ArgumentNullException.ThrowIfNull(contentType);
        response.Headers.Add("Content-Type", contentType);
        return serializer.SerializeAsync(response.Body, instance, typeof(T), cancellationToken);
    }

    public static void WriteBytes(this HttpResponseData response, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(value);
        response.Body.Write(value);
    }

    public static Task WriteBytesAsync(this HttpResponseData response, byte[] value) => WriteBytesAsync(response, value, CancellationToken.None);

    public static Task WriteBytesAsync(this HttpResponseData response, byte[] value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(value);
        return response.Body.WriteAsync(value, cancellationToken).AsTask();
    }

    private static byte[] Bytes(string value, Encoding? encoding)
    {
        ArgumentNullException.ThrowIfNull(value);
        return (encoding ?? Encoding.UTF8).GetBytes(value);
    }
}
