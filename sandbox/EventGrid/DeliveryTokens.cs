using System.Net.Http.Headers;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// The access tokens that Event Grid sends with each message to a webhook with an Entra application (Microsoft Learn, "Secure WebHook
/// delivery with Microsoft Entra ID in Azure Event Grid"). They are of version 1 (MicrosoftDocs/azure-docs issue 67301).
/// </summary>
internal sealed class DeliveryTokens(SandboxTokens tokens)
{
    /// <summary>
    /// Whether Event Grid may use the application in the writer's name: the tenant has it, and the writer is its owner or has a role on it.
    /// </summary>
    public static bool Admits(EventSubscription subscription) =>
        subscription.Audience is not { } audience
        || (
            string.Equals(subscription.AudienceTenant, Application.TenantId, StringComparison.OrdinalIgnoreCase)
            && Application.FindWebHook(audience)?.AdmitsWriter(subscription.Writer) == true
        );

    /// <returns>Null for a subscription without an Entra application.</returns>
    public AuthenticationHeaderValue? For(EventSubscription subscription) =>
        subscription.Audience is { } audience
            ? new AuthenticationHeaderValue(
                "Bearer",
                tokens.Issue(
                    audience,
                    Application.IdentityOf(Application.EventGrid) with
                    {
                        Roles = Application.FindWebHook(audience)?.RolesOf(Application.EventGrid.ObjectId) ?? [],
                    }
                )
            )
            : null;
}
