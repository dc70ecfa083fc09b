using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>
/// Public IP prefixes: ranges of the addresses on which the sandbox listens. The codes of the refusals are from public reports and not
/// measured.
/// </summary>
internal sealed class PublicPrefixApi(
    SandboxWorld world,
    ResourceStore resources,
    ArmOperations operations,
    ProviderRegistrations registrations
) : FlatResourceApi(resources, operations, registrations, "publicIPPrefixes")
{
    /// <summary>An address for a public IP address that names a prefix.</summary>
    /// <param name="prefix">The document of the prefix.</param>
    /// <exception cref="ArmException">The prefix has no free address.</exception>
    public static IPAddress Allocate(SandboxWorld world, JsonObject prefix, string owner) =>
        world.Addresses.AllocateFrom(IPNetwork.Parse(prefix.Text("properties", "ipPrefix") ?? ""), owner)
        ?? throw Refuse(
            "PublicIPPrefixExhausted",
            $"The public IP prefix {prefix.Text("id")} has no available IP addresses. The prefix is exhausted."
        );

    protected override void Check(string id, JsonObject document, JsonObject? before)
    {
        var properties = document.Ensure("properties");
        var sku = document.Ensure("sku");
        sku.Default("name", "Standard");
        sku.Default("tier", "Regional");
        properties.Default("publicIPAddressVersion", "IPv4");
        properties.Default("prefixLength", before?.Number("properties", "prefixLength"));
        if (properties.Number("prefixLength") is not { } length || length is < 28 or > 31)
        {
            throw Refuse("PublicIpPrefixLengthNotSupported", $"Public IP prefix {id} must have a length of 28 to 31.");
        }

        if (before is not null && before.Number("properties", "prefixLength") != length)
        {
            throw Refuse("PublicIpPrefixLengthCannotBeChanged", $"The length of public IP prefix {id} cannot be changed.");
        }

        properties.Default("ipTags", new JsonArray());
        properties["ipPrefix"] = world.Addresses.AllocatePrefix(Owner(id), (int)length).ToString();
        properties.Remove("publicIPAddresses"); // read-only
    }

    protected override JsonObject View(JsonObject document)
    {
        var view = base.View(document);
        if (Users(document.Text("id") ?? "") is { Count: > 0 } users)
        {
            view.Ensure("properties")["publicIPAddresses"] = new JsonArray([.. users.Select(user => new JsonObject { ["id"] = user })]);
        }

        return view;
    }

    protected override void RefuseToDelete(string id)
    {
        if (Users(id) is [var user, ..])
        {
            throw Refuse("InUsePublicIpPrefixCannotBeDeleted", $"Public IP prefix {id} is in use by {user} and cannot be deleted.");
        }
    }

    protected override void Forget(string id) => world.Addresses.Release(Owner(id));

    private List<string> Users(string id) =>
        [
            .. Resources
                .OfType(id.Split('/')[2], NodeGroupNetwork.AddressType)
                .Where(address =>
                    string.Equals(address.Document.Text("properties", "publicIPPrefix", "id"), id, StringComparison.OrdinalIgnoreCase)
                )
                .Select(address => address.Document.Text("id") ?? address.Id),
        ];

    private static string Owner(string id) => $"publicIPPrefix|{id.ToUpperInvariant()}";

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
