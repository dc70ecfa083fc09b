using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>The Services that may ask for exposures.</summary>
internal static class ClusterDiscovery
{
    private const int MostNamespaces = 100;
    private const int MostLabels = 20;
    private const int MostRanges = 50;

    private static readonly TextRule Range = new(text =>
        PortRange.Parse(text) is null ? $"'{text}' is neither a port nor a range. Write a text such as \"9000\" or \"9000-9099\"." : null
    )
    {
        Pattern = @"^\s*[0-9]+\s*(-\s*[0-9]+\s*)?$",
    };

    public static DiscoverSpec Read(SpecReader reader)
    {
        reader.RequireOne("namespaces", "namespaceSelector");
        var namespaces = reader.Texts("namespaces", ClusterNames.KubernetesName);
        var labels = reader.TextMap("namespaceSelector", ClusterNames.LabelName, ClusterNames.LabelValue);
        var ports = reader.Texts("ports", Range);
        var gateways = reader.ChoiceList<GatewayKind>("gateways");
        reader.RefuseEmpty(
            "namespaces",
            reader.Has("namespaces") ? namespaces.Count : 1,
            "The list has no namespace. List the namespaces whose Services may ask for exposures.",
            isRequired: false
        );
        reader.RefuseMore("namespaces", namespaces.Count, MostNamespaces);
        reader.RefuseDuplicates("namespaces", namespaces, "A namespace is listed twice. List it once.");
        reader.RefuseEmpty(
            "namespaceSelector",
            reader.Has("namespaceSelector") ? labels.Count : 1,
            "The selector has no labels, and would select every namespace. Write the labels of the namespaces.",
            isRequired: false
        );
        reader.RefuseMore("namespaceSelector", labels.Count, MostLabels);
        reader.RefuseEmpty("ports", ports.Count, "The list has no port. List the ports that Services may ask for, such as \"9000-9099\".");
        reader.RefuseMore("ports", ports.Count, MostRanges);
        reader.RefuseEmpty(
            "gateways",
            reader.Has("gateways") ? gateways.Count : 1,
            "The list has no gateway. List external, internal or both.",
            isRequired: false
        );
        reader.RefuseDuplicates("gateways", gateways, "A gateway is listed twice. List it once.");
        reader.RefuseUnknown();
        return new DiscoverSpec
        {
            Namespaces = reader.Has("namespaces") ? [.. namespaces.Order(StringComparer.Ordinal)] : null,
            NamespaceSelector = reader.Has("namespaceSelector") ? labels : null,
            Ports = [.. ports.Select(text => PortRange.Parse(text)?.ToString() ?? text)],
            Gateways = reader.Has("gateways") ? gateways : [GatewayKind.External, GatewayKind.Internal],
        };
    }
}
