using System.Text.Json;
using System.Text.RegularExpressions;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Turns the JSON of a cluster's spec into a <see cref="ClusterSpec"/>, or reports all its errors.</summary>
internal static partial class ClusterValidator
{
    private const int MostFeatures = 50;
    private const int MostGroups = 100;
    private const int MostLabels = 20;

    public static Validated<ClusterSpec> Validate(JsonElement spec)
    {
        var errors = new List<FieldError>();
        if (SpecReader.Root(spec, errors) is not { } reader)
        {
            return new Validated<ClusterSpec>(null, errors);
        }

        var cluster = new ClusterSpec
        {
            Location = reader.Text("location", required: true, check: Location) ?? "",
            KubernetesVersion = reader.Text("kubernetesVersion", check: Version),
            Tags = ClusterTags.Read(reader),
            Features = [.. reader.Objects("features").Select(Feature)],
            Network = reader.Object("network") is { } network ? Network(network) : null,
            NetworkPlugin = reader.Choice<NetworkPlugin>("networkPlugin") ?? NetworkPlugin.AzureOverlay,
            Dataplane = reader.Choice<Dataplane>("dataplane") ?? Dataplane.Azure,
            NodePool = reader.Object("nodePool") is { } pool ? NodePool(pool) : new NodePoolSpec(),
            Mesh = reader.Object("mesh") is { } mesh ? Mesh(mesh) : new MeshSpec(),
            Access = reader.Object("access") is { } access ? Access(access) : new AccessSpec(),
            Strategy = reader.Choice<Strategy>("strategy") ?? Strategy.ManagedService,
            Connection =
                reader.Text("connection", check: ConnectionName) is { } connection
                && connection.StartsWith(Connection.Prefix, StringComparison.Ordinal)
                    ? new Connection(connection[Connection.Prefix.Length..])
                    : Connection.Aks,
            GatewayServices = reader.Object("gatewayServices") is { } services ? GatewayServices(services) : GatewayServicesSpec.AddOns,
        };
        reader.RefuseUnknown();
        CheckTogether(cluster, reader);
        return new Validated<ClusterSpec>(errors.Count == 0 ? cluster : null, errors);
    }

    private static void CheckTogether(ClusterSpec cluster, SpecReader reader)
    {
        if (cluster.Dataplane == Dataplane.Cilium && cluster.NetworkPlugin == NetworkPlugin.Kubenet)
        {
            reader.Error(
                "dataplane",
                "InvalidCombination",
                "The cilium data plane does not run with networkPlugin kubenet. Choose azure-overlay or azure."
            );
        }

        reader.RefuseMore("features", cluster.Features.Count, MostFeatures);
        if (!cluster.Connection.IsAks && cluster.Network is not null)
        {
            reader.Error(
                "network",
                "InvalidCombination",
                "MeshPort manages the Azure network of AKS clusters only. Remove 'network', or use connection aks."
            );
        }

        if (!cluster.Connection.IsAks && cluster.Features.Count > 0)
        {
            reader.Error(
                "features",
                "InvalidCombination",
                "MeshPort registers features for AKS clusters only. Remove 'features', or use connection aks."
            );
        }

        foreach (
            var twice in cluster
                .Features.GroupBy(feature => (feature.Namespace.ToUpperInvariant(), feature.Name.ToUpperInvariant()))
                .Where(group => group.Count() > 1)
        )
        {
            reader.Error("features", "Duplicate", $"Feature '{twice.First().Name}' is listed {twice.Count()} times. List it once.");
        }
    }

    private static FeatureSpec Feature(SpecReader reader)
    {
        var feature = new FeatureSpec(
            reader.Text("name", required: true, check: FeatureName) ?? "",
            reader.Text("namespace", check: ProviderNamespace) ?? FeatureSpec.DefaultNamespace,
            reader.Choice<OnNotFound>("onNotFound") ?? OnNotFound.Skip,
            reader.Duration("deadline", TimeSpan.FromDays(1), "PT30M") ?? FeatureSpec.DefaultDeadline
        );
        reader.RefuseUnknown();
        return feature;
    }

    private static NetworkSpec Network(SpecReader reader)
    {
        var id = reader.Text("subnetId", check: SubnetId);
        var isNamed = !reader.Has("subnetId");
        var network = new NetworkSpec(
            reader.Text("vnet", required: isNamed, check: ResourceName),
            reader.Text("addressPrefix", required: isNamed, check: Prefix),
            reader.Text("subnet", required: isNamed, check: ResourceName),
            reader.Text("subnetPrefix", required: isNamed, check: Prefix),
            reader.Text("networkSecurityGroup", check: ResourceName),
            id
        );
        if (
            AddressPrefix.TryParse(network.AddressPrefix ?? "", out var vnet)
            && AddressPrefix.TryParse(network.SubnetPrefix ?? "", out var subnet)
            && !vnet.Contains(subnet)
        )
        {
            reader.Error(
                "subnetPrefix",
                "OutOfRange",
                $"Subnet {network.SubnetPrefix} is outside the network {network.AddressPrefix}. Choose a prefix inside it."
            );
        }

        if (!isNamed && (network.Vnet ?? network.AddressPrefix ?? network.Subnet ?? network.SubnetPrefix) is not null)
        {
            reader.Error(
                "subnetId",
                "InvalidCombination",
                "The subnet has an id and names. Set subnetId, or vnet, addressPrefix, subnet and subnetPrefix."
            );
        }

        reader.RefuseUnknown();
        return network;
    }

    private static GatewayServicesSpec GatewayServices(SpecReader reader)
    {
        var services = new GatewayServicesSpec(
            reader.Object("external") is { } external ? GatewayService(external) : null,
            reader.Object("internal") is { } inner ? GatewayService(inner) : null
        );
        reader.RefuseUnknown();
        return services;
    }

    private static GatewayService GatewayService(SpecReader reader)
    {
        var service = new GatewayService(
            reader.Text("namespace", required: true, check: KubernetesName) ?? "",
            reader.Text("service", required: true, check: KubernetesName) ?? "",
            reader.Has("selector") ? LabelSelector(reader) : new Dictionary<string, string>()
        );
        if (service.Selector.Count == 0)
        {
            reader.Error(
                "selector",
                "Required",
                "'selector' has no labels. Write the labels of the gateway's pods, such as {\"istio\": \"ingressgateway\"}."
            );
        }

        reader.RefuseMore("selector", service.Selector.Count, MostLabels);
        reader.RefuseUnknown();
        return service;
    }

    private static Dictionary<string, string> LabelSelector(SpecReader reader)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.Object("selector") is { } selector)
        {
            foreach (var name in selector.Names())
            {
                labels[name] = selector.Text(name, check: LabelValue) ?? "";
                if (!LabelNameRule().IsMatch(name))
                {
                    selector.Error(
                        JsonPointer.Escape(name),
                        "InvalidValue",
                        $"'{name}' is not a label name. Write a name such as istio or app.kubernetes.io/name."
                    );
                }
            }
        }

        return labels;
    }

    private static NodePoolSpec NodePool(SpecReader reader)
    {
        var defaults = new NodePoolSpec();
        var pool = new NodePoolSpec
        {
            Name = reader.Text("name", check: PoolName) ?? defaults.Name,
            VmSize = reader.Text("vmSize", check: VmSize) ?? defaults.VmSize,
            Count = reader.Number("count", 1, 1000),
        };
        reader.RefuseUnknown();
        return pool;
    }

    private static MeshSpec Mesh(SpecReader reader)
    {
        var mesh = new MeshSpec
        {
            Revision = reader.Text("revision", check: Revision),
            Gateways = reader.Has("gateways") ? reader.ChoiceList<GatewayKind>("gateways") : [GatewayKind.External],
        };
        if (mesh.Gateways.Count == 0)
        {
            reader.Error("gateways", "Required", "The list has no gateway. List external, internal or both.");
        }

        if (mesh.Gateways.Distinct().Count() < mesh.Gateways.Count)
        {
            reader.Error(
                "gateways",
                "Duplicate",
                "A gateway is listed twice. A cluster has at most one external and one internal gateway."
            );
        }

        reader.RefuseUnknown();
        return mesh;
    }

    private static AccessSpec Access(SpecReader reader)
    {
        var access = new AccessSpec
        {
            LocalAccounts = reader.Flag("localAccounts") ?? false,
            AdminGroupObjectIds = reader.Texts("adminGroupObjectIds"),
        };
        foreach (var (group, index) in access.AdminGroupObjectIds.Select((group, index) => (group, index)))
        {
            if (!Guid.TryParse(group, out _))
            {
                reader.Error(
                    $"adminGroupObjectIds/{index}",
                    "InvalidValue",
                    $"'{group}' is not an object id. Write the GUID of the group from Entra."
                );
            }
        }

        reader.RefuseMore("adminGroupObjectIds", access.AdminGroupObjectIds.Count, MostGroups);
        reader.RefuseUnknown();
        return access;
    }

    private static string? ConnectionName(string text) =>
        ConnectionRule().IsMatch(text)
            ? null
            : $"'{text}' is not a connection. Write aks, or kubeconfig:NAME, where the host configures NAME (MeshPort:Kubeconfigs:NAME).";

    private static string? SubnetId(string text) =>
        SubnetIdRule().IsMatch(text)
            ? null
            : $"'{text}' is not the id of a subnet. "
                + "Write /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/virtualNetworks/.../subnets/... .";

    private static string? KubernetesName(string text) =>
        KubernetesNameRule().IsMatch(text)
            ? null
            : $"'{text}' is not a Kubernetes name. Write 1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends.";

    private static string? LabelValue(string text) =>
        LabelValueRule().IsMatch(text)
            ? null
            : $"'{text}' is not a label value. Write up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends.";

    private static string? Location(string text) =>
        LocationRule().IsMatch(text) ? null : $"'{text}' is not an Azure location. Write its short name, such as eastus2.";

    private static string? Version(string text) =>
        VersionRule().IsMatch(text) ? null : $"'{text}' is not a Kubernetes version. Write 1.34 or 1.34.2.";

    private static string? Revision(string text) =>
        RevisionRule().IsMatch(text) ? null : $"'{text}' is not a mesh revision. Write a revision such as asm-1-30.";

    private static string? FeatureName(string text) =>
        NameRule().IsMatch(text) ? null : $"'{text}' is not a feature name. Write letters, digits, '-', '_' and '.'.";

    private static string? ProviderNamespace(string text) =>
        text.Length <= 100 && ProviderRule().IsMatch(text)
            ? null
            : $"'{text}' is not the namespace of a resource provider. Write a namespace such as {FeatureSpec.DefaultNamespace}.";

    private static string? ResourceName(string text) =>
        NameRule().IsMatch(text)
            ? null
            : $"'{text}' is not a network resource name. Write 1 to 80 letters, digits, '-', '_' and '.', with a letter or digit first.";

    private static string? PoolName(string text) =>
        PoolRule().IsMatch(text)
            ? null
            : $"'{text}' is not a Linux node pool name. Write 1 to 12 lower-case letters and digits, with a letter first.";

    private static string? VmSize(string text) =>
        VmSizeRule().IsMatch(text) ? null : $"'{text}' is not a VM size. Write its full name, such as Standard_D2s_v5.";

    private static string? Prefix(string text) =>
        AddressPrefix.TryParse(text, out _)
            ? null
            : $"'{text}' is not an IPv4 prefix without host bits. Write a prefix in CIDR form, such as 10.13.0.0/16.";

    [GeneratedRegex(@"^[a-z][a-z0-9]{1,40}\z")]
    private static partial Regex LocationRule();

    [GeneratedRegex(@"^1\.[0-9]{1,2}(\.[0-9]{1,2})?\z")]
    private static partial Regex VersionRule();

    [GeneratedRegex(@"^asm-[0-9]{1,2}-[0-9]{1,3}\z")]
    private static partial Regex RevisionRule();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,78}[A-Za-z0-9_]?\z")]
    private static partial Regex NameRule();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+\z")]
    private static partial Regex ProviderRule();

    [GeneratedRegex(@"^[a-z][a-z0-9]{0,11}\z")]
    private static partial Regex PoolRule();

    [GeneratedRegex(@"^(Standard|Basic)_[A-Za-z0-9_\-]{1,60}\z")]
    private static partial Regex VmSizeRule();

    [GeneratedRegex(@"^(aks|kubeconfig:[A-Za-z0-9][A-Za-z0-9\-]{0,39})\z")]
    private static partial Regex ConnectionRule();

    [GeneratedRegex(
        @"^/subscriptions/[0-9a-fA-F\-]{36}/resourceGroups/[^/<>%&\\?]{1,90}"
            + @"/providers/Microsoft\.Network/virtualNetworks/[^/<>%&\\?]{1,80}/subnets/[^/<>%&\\?]{1,80}\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SubnetIdRule();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex KubernetesNameRule();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValueRule();

    [GeneratedRegex(@"^([a-z0-9]([a-z0-9.\-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex LabelNameRule();
}
