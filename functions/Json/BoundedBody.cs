using Microsoft.AspNetCore.Http;

namespace MeshPort.Json;

/// <summary>Reads bodies of requests into memory, up to a limit.</summary>
internal static class BoundedBody
{
    /// <param name="limit">Bytes.</param>
    /// <exception cref="BadHttpRequestException">
    /// The body cannot be read. The status code is 413 if it exceeds this limit or that of the server.
    /// </exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int count;
        while ((count = await request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            buffer.Write(chunk, 0, count);
            if (buffer.Length > limit)
            {
                throw new BadHttpRequestException($"The body has more than {limit} bytes.", StatusCodes.Status413PayloadTooLarge);
            }
        }

        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
