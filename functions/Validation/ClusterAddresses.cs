using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Reads the field <c>gatewayAddresses</c> of a cluster's spec, and refuses addresses that its gateways cannot have.</summary>
internal static partial class ClusterAddresses
{
    private const string Field = "gatewayAddresses";

    private static readonly TextRule Group = TextRule.Of(
        GroupRule(),
        text => $"'{text}' is not a resource group name. Write 1 to 90 letters, digits, '-', '_', '.', '(' and ')', without '.' at the end."
    );

    private static readonly TextRule Prefix = TextRule.Of(
        PrefixRule(),
        text =>
            $"'{text}' is not the id of a public IP prefix. "
            + "Write /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/publicIPPrefixes/... ."
    );

    private static readonly TextRule Label = TextRule.Of(
        LabelRule(),
        text =>
            $"'{text}' is not a DNS label of Azure. Write 3 to 63 lower-case letters, digits and '-', with a letter first and no '-' last."
    );

    private static readonly TextRule Ipv4 = new(text =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text
            ? null
            : $"'{text}' is not an IPv4 address. Write an address of the subnet, such as 10.13.76.200."
    )
    {
        Pattern = @"^[0-9]{1,3}(\.[0-9]{1,3}){3}$",
    };

    public static GatewayAddressesSpec Read(SpecReader reader)
    {
        if (reader.Object(Field) is not { } addresses)
        {
            return GatewayAddressesSpec.None;
        }

        var spec = new GatewayAddressesSpec(
            addresses.Object("external") is { } external ? External(external) : null,
            addresses.Object("internal") is { } inner ? Internal(inner) : null
        );
        addresses.RefuseUnknown();
        return spec;
    }

    public static void Check(ClusterSpec cluster, SpecReader reader)
    {
        var (external, inner) = (cluster.GatewayAddresses.External, cluster.GatewayAddresses.Internal);
        if (!cluster.Connection.IsAks && cluster.GatewayAddresses != GatewayAddressesSpec.None)
        {
            reader.Error(
                Field,
                "InvalidCombination",
                $"MeshPort manages the addresses of AKS clusters only. Remove '{Field}', or use connection aks."
            );
        }

        if (external is { PublicIpv6: not null } && !cluster.IsDualStack)
        {
            reader.Error(
                $"{Field}/external/publicIpv6",
                "InvalidCombination",
                "The cluster has IPv4 only. Remove 'publicIpv6', or set ipFamilies to [IPv4, IPv6]."
            );
        }

        if (inner is { Subnet: not null } && cluster.Network is null)
        {
            reader.Error(
                $"{Field}/internal/subnet",
                "InvalidCombination",
                "The network of AKS has one subnet, which the internal gateway uses. Set 'network', or remove 'subnet'."
            );
        }

        foreach (
            var gateway in new[]
            {
                external is null ? default(GatewayKind?) : GatewayKind.External,
                inner is null ? null : GatewayKind.Internal,
            }
        )
        {
            if (gateway is { } kind && cluster.Strategy != Strategy.GatewayApi && !cluster.Mesh.Gateways.Contains(kind))
            {
                var name = kind.Text();
                reader.Error(
                    $"{Field}/{name}",
                    "InvalidCombination",
                    $"The cluster has no {name} gateway. Add it to mesh.gateways, or remove its address."
                );
            }
        }
    }

    private static PublicAddressSpec External(SpecReader reader)
    {
        var spec = new PublicAddressSpec(
            reader.Text("publicIp", check: ClusterNames.ResourceName),
            reader.Text("resourceGroup", check: Group),
            reader.Text("publicIpPrefix", check: Prefix),
            reader.Text("dnsLabel", check: Label),
            reader.Text("publicIpv6", check: ClusterNames.ResourceName)
        );
        if (spec.PublicIpv6 is { } second && string.Equals(second, spec.PublicIp, StringComparison.OrdinalIgnoreCase))
        {
            reader.Error("publicIpv6", "Duplicate", "One public IP address has one family. Write another name.");
        }

        reader.RefuseUnknown();
        return spec;
    }

    private static PrivateAddressSpec Internal(SpecReader reader)
    {
        var spec = new PrivateAddressSpec(reader.Text("ipv4", check: Ipv4), reader.Text("subnet", check: ClusterNames.ResourceName));
        if (!reader.Has("ipv4") && !reader.Has("subnet"))
        {
            reader.Error("ipv4", "Required", "The internal gateway has neither an address nor a subnet. Set 'ipv4', 'subnet' or both.");
        }

        reader.RefuseUnknown();
        return spec;
    }

    [GeneratedRegex(ClusterId.ResourceGroupText + @"\z")]
    private static partial Regex GroupRule();

    [GeneratedRegex(
        @"^/subscriptions/[0-9a-fA-F\-]{36}/resource[Gg]roups/[^/<>%&\\?]{1,90}"
            + @"/providers/Microsoft\.Network/publicIPPrefixes/[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}\z"
    )]
    private static partial Regex PrefixRule();

    [GeneratedRegex(@"^[a-z][a-z0-9\-]{1,61}[a-z0-9]\z")]
    private static partial Regex LabelRule();
}
