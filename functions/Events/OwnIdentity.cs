using System.Buffers.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using MeshPort.Arm;
using MeshPort.Json;

namespace MeshPort.Events;

/// <summary>The ids in MeshPort's own token for Azure, to recognize events of its own writes. The token itself is not stored.</summary>
internal sealed partial class OwnIdentity(TokenCredential credential, AzureOptions options, ILogger<OwnIdentity> logger)
{
    private CallerIds? _ids;

    /// <returns>False also when the own identity is unknown; the only effect is one more convergence.</returns>
    public async Task<bool> IsOursAsync(CallerIds? caller, CancellationToken cancellationToken)
    {
        if (caller is null)
        {
            return false;
        }

        try
        {
            _ids ??= Read(
                (await credential.GetTokenAsync(new TokenRequestContext([AzureClients.Scope(options)]), cancellationToken)).Token
            );
        }
        catch (AuthenticationFailedException exception)
        {
            Log.Unknown(logger, exception.GetType().Name); // the message may contain secrets
        }

        return _ids is not null && caller.AreThoseOf(_ids);
    }

    /// <summary>The claims of a JSON web token (RFC 7519): its second part, base64url.</summary>
    internal static CallerIds? Read(string token)
    {
        try
        {
            var payload = Base64Url.DecodeFromChars(token.Split('.') is [_, var second, ..] ? second : "");
            var claims = JsonText.Parse(payload, out var malformed);
            return malformed is null ? new CallerIds(Claim(claims, "oid"), Claim(claims, "appid") ?? Claim(claims, "azp")) : null;
        }
        catch (FormatException)
        {
            return null; // Entra may issue opaque tokens
        }
    }

    private static string? Claim(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "MeshPort cannot determine its own identity ({Exception}), so it cannot tell its own writes from those of others"
        )]
        public static partial void Unknown(ILogger logger, string exception);
    }
}
