namespace MeshPort.Sandbox.Entra;

/// <summary>
/// An application of the tenant that stands for a webhook, with the app role <see cref="SubscriberRole"/> (Microsoft Learn, "Secure WebHook
/// delivery with Microsoft Entra ID in Azure Event Grid").
/// </summary>
/// <param name="Holders">Object ids of the applications with the app role.</param>
/// <param name="Owner">The object id of its owner, who may write event subscriptions without the role.</param>
public sealed record WebHookApplication(string ClientId, IReadOnlyList<string> Holders, string Owner)
{
    public const string SubscriberRole = "AzureEventGridSecureWebhookSubscriber";

    /// <summary>The application id URI.</summary>
    public string Uri => $"api://{ClientId}";

    /// <summary>The app roles in a token of the application with this object id.</summary>
    public IReadOnlyList<string> RolesOf(string objectId) => Holders.Contains(objectId) ? [SubscriberRole] : [];

    /// <summary>Whether the application with this object id may subscribe the webhook.</summary>
    public bool AdmitsWriter(string objectId) => objectId == Owner || Holders.Contains(objectId);

    internal bool IsNamed(string idOrUri) =>
        string.Equals(idOrUri.TrimEnd('/'), ClientId, StringComparison.OrdinalIgnoreCase)
        || string.Equals(idOrUri.TrimEnd('/'), Uri, StringComparison.OrdinalIgnoreCase);
}
