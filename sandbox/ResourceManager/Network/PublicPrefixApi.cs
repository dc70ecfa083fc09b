using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Public IP prefixes: ranges of documentation addresses, because nothing here listens on them.</summary>
internal sealed class PublicPrefixApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : FlatResourceApi(resources, operations, registrations, "publicIPPrefixes")
{
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
        var size = 1 << (32 - length);
        properties["ipPrefix"] = $"203.0.113.{SHA256.HashData(Encoding.UTF8.GetBytes(id.ToUpperInvariant()))[0] / size * size}/{length}";
    }

    protected override void RefuseToDelete(string id) { }

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
