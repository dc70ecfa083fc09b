using System.Security.Claims;

namespace MeshPort.Access;

/// <summary>
/// Decides whether Event Grid sent a request. Event Grid sends an Entra access token with each message (Microsoft Learn, "Secure WebHook
/// delivery with Microsoft Entra ID in Azure Event Grid"). The app role alone proves nothing: the writer of the event subscription has it
/// too. So the token must also be of Event Grid's application.
/// </summary>
internal sealed class EventSenderCheck(AccessOptions access, EntraTokenCheck tokens)
{
    /// <summary>The app role that Event Grid requires of the webhook's application.</summary>
    public const string Role = "AzureEventGridSecureWebhookSubscriber";

    /// <summary>Whether deliveries need a token.</summary>
    public bool IsRequired => access.EventAudiences.Count > 0;

    /// <param name="authorization">The value of the header Authorization.</param>
    /// <returns>Null when Event Grid sent the request.</returns>
    public async Task<AccessDecision?> RefusalAsync(string authorization, CancellationToken cancellationToken)
    {
        TokenResult token;
        try
        {
            token = await tokens.CheckAsync(authorization, access.EventAudiences, cancellationToken);
        }
        catch (AuthorityUnreachableException)
        {
            return new AccessDecision.Unavailable("MeshPort cannot get Entra's signing keys, so it cannot check access tokens. Try again.");
        }

        return token.Caller is not { } caller ? new AccessDecision.Unauthenticated("Bearer", token.Problem)
            : !IsOfEventGrid(caller)
                ? new AccessDecision.Forbidden(
                    $"Application {access.EventSender} alone may deliver events. Send events through Event Grid."
                )
            : !caller.HasClaim("roles", Role)
                ? new AccessDecision.Forbidden(
                    $"Event Grid lacks the app role {Role}. Assign it to application {access.EventSender} (docs/security.md)."
                )
            : null;
    }

    /// <summary>Tokens of version 1 name the client in appid, those of version 2 in azp ("Access token claims reference").</summary>
    private bool IsOfEventGrid(ClaimsIdentity caller) =>
        string.Equals(
            (caller.FindFirst("appid") ?? caller.FindFirst("azp"))?.Value,
            access.EventSender,
            StringComparison.OrdinalIgnoreCase
        );
}
