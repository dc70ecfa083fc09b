using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshPort.Runtime.Queues;

/// <summary>The only storage account. Every start generates its key, which exists only in memory and in connection strings.</summary>
internal sealed class QueueAccount
{
    public const string Name = "meshport";

    // "Authorize with Shared Key": the service rejects a date older than 15 minutes. The date is real time, whatever clock the queues use.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(64);

    /// <summary>Returns a connection string in the emulator's format: the account is the first segment of the path.</summary>
    /// <param name="address">The base address of the routes, for example http://127.0.0.1:7071/.</param>
    public string ConnectionString(Uri address) =>
        $"DefaultEndpointsProtocol={address.Scheme};AccountName={Name};AccountKey={Convert.ToBase64String(_key)};"
        + $"QueueEndpoint={new Uri(address, Name)};";

    /// <exception cref="QueueFault">The signature does not match this account's key, or the date is out of range.</exception>
    public void Authenticate(HttpRequest request)
    {
        if (request.Headers.Authorization.ToString() is not { Length: > 0 } authorization)
        {
            throw QueueFault.NoAuthentication();
        }

        var date = request.Headers["x-ms-date"].ToString() is { Length: > 0 } own ? own : request.Headers.Date.ToString();
        if (
            !DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sent)
            || (TimeProvider.System.GetUtcNow() - sent).Duration() > Skew
        )
        {
            throw QueueFault.AuthenticationFailed($"The Date header in the request is incorrect: '{date}'.");
        }

        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget; // the client signed the raw target
        var text = SharedKey.StringToSign(Name, request.Method, target, request.Headers);
        if (!SharedKey.IsSignedBy(authorization, Name, _key, text))
        {
            throw QueueFault.AuthenticationFailed("The MAC signature found in the HTTP request is not the same as any computed signature.");
        }
    }
}
