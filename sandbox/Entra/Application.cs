using System.Security.Cryptography;
using System.Text;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Entra;

/// <summary>The one tenant of this Entra and its principals.</summary>
internal sealed class Application
{
    public const string TenantId = SandboxTokens.DefaultTenantId;

    /// <summary>The application with the owner role.</summary>
    public const string ClientId = "a1b2c3d4-0000-4000-8000-5a4db0c50002";

    public static SandboxApplication SystemIdentity { get; } = new("system-assigned identity", Id(21), Id(22), "", SandboxRole.Owner);

    public static SandboxApplication UserIdentity { get; } = new("user-assigned identity", Id(31), Id(32), "", SandboxRole.Owner);

    /// <summary>Event Grid itself, with Microsoft's id. Nobody has its secret.</summary>
    public static SandboxApplication EventGrid { get; } =
        new("Microsoft.EventGrid", "4962773b-9cdb-44cf-a8bf-237846a00ab7", Id(41), "", SandboxRole.None);

    /// <summary>Webhooks: one where Event Grid has the app role, one where it lacks it, and one of another owner.</summary>
    public static IReadOnlyList<WebHookApplication> WebHooks { get; } =
    [
        new(Id(51), [EventGrid.ObjectId, Id(3), SystemIdentity.ObjectId], Id(3)),
        new(Id(52), [SystemIdentity.ObjectId], Id(3)),
        new(Id(53), [EventGrid.ObjectId], Id(12)),
    ];

    /// <summary>The owner, the reader and the application without a role, in this order.</summary>
    public IReadOnlyList<SandboxApplication> All { get; } =
    [
        new("meshport-sandbox", ClientId, Id(3), NewSecret(), SandboxRole.Owner),
        new("reader", Id(11), Id(12), NewSecret(), SandboxRole.Reader),
        new("no role", Id(13), Id(14), NewSecret(), SandboxRole.None),
        SystemIdentity,
        UserIdentity,
    ];

    /// <summary>The header value that a client of the managed identity endpoint must send, as on App Service.</summary>
    public string IdentityHeader { get; } = NewSecret();

    public SandboxApplication? Find(string clientId) =>
        All.FirstOrDefault(application => string.Equals(application.ClientId, clientId, StringComparison.OrdinalIgnoreCase));

    /// <param name="idOrUri">The id of a webhook's application, or its id URI.</param>
    public static WebHookApplication? FindWebHook(string idOrUri) => WebHooks.FirstOrDefault(hook => hook.IsNamed(idOrUri));

    public static bool IsManagedIdentity(string clientId) => clientId == SystemIdentity.ClientId || clientId == UserIdentity.ClientId;

    /// <summary>Whether the object is an administrator of every cluster that uses Azure RBAC.</summary>
    public static bool Administers(string objectId) =>
        objectId == Id(3) || objectId == SystemIdentity.ObjectId || objectId == UserIdentity.ObjectId;

    public SandboxRole RoleOf(TokenIdentity identity) =>
        All.FirstOrDefault(application => application.ObjectId == identity.ObjectId)?.Role ?? SandboxRole.None;

    public static TokenIdentity IdentityOf(SandboxApplication application) =>
        new(application.ObjectId, application.Name, []) { ApplicationId = application.ClientId };

    /// <summary>Takes constant time, right or wrong.</summary>
    public static bool IsSecret(string secret, string candidate) =>
        secret.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(candidate), Encoding.UTF8.GetBytes(secret));

    private static string Id(int number) => $"a1b2c3d4-0000-4000-8000-5a4db0c5{number:D4}";

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
