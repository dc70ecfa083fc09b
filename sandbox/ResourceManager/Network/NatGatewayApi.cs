using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>NAT gateways of customers. They are stored; packets of the sandbox need none. The words of refusals are not measured.</summary>
internal sealed class NatGatewayApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : FlatResourceApi(resources, operations, registrations, "natGateways")
{
    protected override void Check(string id, JsonObject document, JsonObject? before)
    {
        if (document.Text("sku", "name") is null)
        {
            throw Refuse("InvalidRequestFormat", $"NAT gateway {id} must have a SKU (sku.name).");
        }

        var properties = document.Ensure("properties");
        NetworkReferences.Require(
            Resources,
            id,
            properties.Objects("publicIpAddresses").Concat(properties.Objects("publicIpPrefixes")).Select(address => address.Text("id"))
        );
        properties.Default("idleTimeoutInMinutes", 4);
        if (properties.Number("idleTimeoutInMinutes") is not (>= 4 and <= 120))
        {
            throw Refuse("NatGatewayIdleTimeoutInvalid", $"The idle timeout of NAT gateway {id} must be 4 to 120 minutes.");
        }
    }

    protected override void RefuseToDelete(string id)
    {
        if (SubnetUsers.Of(Resources, id, "natGateway").FirstOrDefault() is { } subnet)
        {
            throw Refuse("NatGatewayInUseBySubnet", $"NAT gateway {id} cannot be deleted because it is in use by subnet {subnet}.");
        }
    }

    protected override JsonObject View(JsonObject document)
    {
        var shown = base.View(document);
        SubnetUsers.Show(Resources, shown.Text("id") ?? "", "natGateway", shown.Ensure("properties"));
        return shown;
    }

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
