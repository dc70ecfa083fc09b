using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>The limits for HTTP requests.</summary>
/// <param name="MaxBodySize">
/// The largest request body in bytes; more gives 413. The setting FUNCTIONS_REQUEST_BODY_SIZE_LIMIT, with the default of Azure Functions.
/// </param>
/// <param name="MaxOutstanding">
/// The most concurrent requests; more give 429. extensions.http.maxOutstandingRequests of host.json. The default, -1, means no limit.
/// </param>
internal sealed record HttpLimits(long MaxBodySize, int MaxOutstanding)
{
    private const long DefaultBodySize = 104_857_600;
    private const string BodySize = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";
    private const string Outstanding = "extensions:http:maxOutstandingRequests";

    /// <summary>The time for the request line and the headers to arrive.</summary>
    public static TimeSpan HeadersTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The time-out of an idle connection. Longer than clients' own time-outs, so that clients close first.</summary>
    public static TimeSpan KeepAliveTimeout { get; } = TimeSpan.FromSeconds(130);

    /// <exception cref="InvalidOperationException">A value is invalid.</exception>
    public static HttpLimits From(IConfiguration configuration) =>
        new(
            Number(configuration[BodySize], 1, DefaultBodySize)
                ?? throw new InvalidOperationException($"{BodySize} is '{configuration[BodySize]}'; it must be a number of bytes."),
            (int)(
                Number(configuration[Outstanding], -1, -1, int.MaxValue)
                ?? throw new InvalidOperationException(
                    $"host.json: extensions.http.maxOutstandingRequests is '{configuration[Outstanding]}'; "
                        + "it must be a whole number, or -1 for no limit."
                )
            )
        );

    private static long? Number(string? text, long minimum, long fallback, long maximum = long.MaxValue) =>
        text is null ? fallback
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= minimum
        && number <= maximum
            ? number
        : null;
}
