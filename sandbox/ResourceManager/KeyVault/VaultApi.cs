using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.KeyVault;

/// <summary>
/// Key vaults with roles of Azure (Learn, "Azure Key Vault service limits", "soft-delete overview"). A name belongs to one vault of all
/// subscriptions, and still to a deleted one, which <c>createMode: recover</c> brings back. Writes take effect at once.
/// </summary>
internal sealed partial class VaultApi(ResourceStore resources, ProviderRegistrations registrations)
{
    public const string Type = "Microsoft.KeyVault/vaults";
    private const string Collection = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;

    /// <summary>On a document: the vault is deleted, and kept for 90 days.</summary>
    private const string Deleted = "$deleted";

    public void Map(ArmRoutes routes)
    {
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/providers/" + Type,
            request => ArmAnswer.Page(request, Present(resources.OfType(request.Subscription, Type)))
        );
        routes.Map("GET", Collection, List);
        routes.Map("GET", Collection + "/{name}", request => ArmAnswer.Ok(ResourceStore.View(Require(request))));
        routes.Map("PUT", Collection + "/{name}", Put);
        routes.Map("DELETE", Collection + "/{name}", Delete);
    }

    /// <summary>The vault of a name in all of Azure. Null when no vault has the name, or only a deleted one.</summary>
    public static JsonObject? Find(ResourceStore resources, string name) =>
        resources.Vaults(name).FirstOrDefault(vault => !IsDeleted(vault));

    /// <summary>The document of a new vault.</summary>
    public static JsonObject Document(string id, string location, JsonObject? tags, JsonObject properties)
    {
        var name = id[(id.LastIndexOf('/') + 1)..];
        properties.Default("accessPolicies", new JsonArray());
        properties["enableSoftDelete"] = true;
        properties.Default("softDeleteRetentionInDays", 90);
        properties.Default("publicNetworkAccess", "Enabled");
        properties["vaultUri"] = $"https://{name.ToLowerInvariant()}.vault.azure.net/";
        properties["provisioningState"] = "Succeeded";
        return new JsonObject
        {
            ["id"] = id,
            ["name"] = name,
            ["type"] = Type,
            ["location"] = location,
            ["tags"] = tags?.DeepClone() ?? new JsonObject(),
            ["properties"] = properties,
        };
    }

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(request, Present(resources.Children($"{request.GroupId}/providers/{Type}")));
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(request.ResourceId(Type, request.Name)) is { } vault && !IsDeleted(vault)
            ? vault
            : throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
    }

    private ArmAnswer Put(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.KeyVault);
        resources.RequireWritableGroup(request);
        var id = request.ResourceId(Type, request.Name);
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        var asked = (JsonObject)request.Body.Properties().DeepClone();
        var before = resources.Get(id);
        var isNew = before is null || IsDeleted(before);
        Check(request, id, asked, before);
        if (before is not null)
        {
            ResourceStore.RequireSameLocation(before, location, request.Name, request.Group, Type);
        }

        asked.Remove("createMode");
        var properties = before is not null && IsDeleted(before) ? (JsonObject)before.Properties().DeepClone() : asked;
        var vault = Document(before?.Text("id") ?? id, location, request.Body.Object("tags"), properties);
        resources.Put(id, vault);
        return new ArmAnswer(isNew ? 201 : 200, ResourceStore.View(vault));
    }

    private void Check(ArmRequest request, string id, JsonObject asked, JsonObject? before)
    {
        if (!Name().IsMatch(request.Name) || request.Name.Contains("--", StringComparison.Ordinal))
        {
            throw Refuse(
                400,
                "VaultNameNotValid",
                $"The vault name '{request.Name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must "
                    + "begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more "
                    + "information: https://go.microsoft.com/fwlink/?linkid=2147742"
            );
        }

        if (before is not null && IsDeleted(before))
        {
            if (asked.Text("createMode") != "recover")
            {
                throw Refuse(
                    409,
                    "ConflictError",
                    "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. "
                        + "Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete."
                );
            }

            return; // a recovered vault is as it was
        }

        if (resources.Vaults(request.Name).Any(other => !string.Equals(other.Text("id"), id, StringComparison.OrdinalIgnoreCase)))
        {
            throw Refuse(
                409,
                "VaultAlreadyExists",
                $"The vault name '{request.Name}' is already in use. Vault names are globally unique so it is possible that the name is "
                    + "already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same "
                    + "name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a "
                    + "recoverable state then the vault will need to be purged before reusing the name. For more information about "
                    + "VaultAlreadyExists, soft delete and purging a vault follow this link "
                    + "https://go.microsoft.com/fwlink/?linkid=2147740."
            );
        }

        if (asked.Text("sku", "family") != "A" || asked.Text("sku", "name")?.ToLowerInvariant() is not ("standard" or "premium"))
        {
            throw Refuse(400, "BadRequest", "The SKU is invalid. properties.sku has the family A and the name standard or premium.");
        }

        if (asked.Text("tenantId") != Application.TenantId)
        {
            throw Refuse(400, "BadRequest", $"An invalid value was provided for 'tenantId'. The tenant is {Application.TenantId}.");
        }

        if (asked.Flag("enableRbacAuthorization") != true)
        {
            throw Refuse(400, "NotSimulated", "The sandbox has no access policies of vaults. Set properties.enableRbacAuthorization.");
        }
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var id = request.ResourceId(Type, request.Name);
        if (resources.Get(id) is not { } vault || IsDeleted(vault))
        {
            return new ArmAnswer(204);
        }

        vault[Deleted] = true;
        resources.Put(id, vault);
        return new ArmAnswer(200);
    }

    private static IEnumerable<JsonObject> Present(IEnumerable<(string Id, JsonObject Document)> vaults) =>
        vaults.Where(vault => !IsDeleted(vault.Document)).Select(vault => ResourceStore.View(vault.Document));

    private static bool IsDeleted(JsonObject vault) => vault.Flag(Deleted) == true;

    private static ArmException Refuse(int status, string code, string message) => new(status, code, message) { ByProvider = true };

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$")]
    private static partial Regex Name();
}
