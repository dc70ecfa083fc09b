using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshPort.Runtime.Queues;

/// <summary>The one storage account: its key is made at every start and lives only in memory and in the connection strings given out.</summary>
internal sealed class QueueAccount
{
    public const string Name = "meshport";

    // "Authorize with Shared Key": a request whose date is older than 15 minutes is refused. The date is of the real world, whatever time the queues run on.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(64);

    /// <summary>In the form of an emulator's: the account is the first segment of the path.</summary>
    /// <param name="address">Where the routes are served, for example http://127.0.0.1:7071/.</param>
    public string ConnectionString(Uri address) =>
        $"DefaultEndpointsProtocol={address.Scheme};AccountName={Name};AccountKey={Convert.ToBase64String(_key)};QueueEndpoint={new Uri(address, Name)};";

    /// <exception cref="QueueFault">The request is not signed with the key of this account, or not now.</exception>
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

        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget; // what was signed is what was on the wire
        var text = SharedKey.StringToSign(Name, request.Method, target, request.Headers);
        if (!SharedKey.IsSignedBy(authorization, Name, _key, text))
        {
            throw QueueFault.AuthenticationFailed("The MAC signature found in the HTTP request is not the same as any computed signature.");
        }
    }
}
