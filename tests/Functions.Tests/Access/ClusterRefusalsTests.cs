using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Access;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Access;

/// <summary>The rows of <see cref="ClusterRefusals"/>.</summary>
public sealed class ClusterRefusalsTests
{
    private const string Subscription = "00000000-0000-0000-0000-000000000000";
    private const string Theirs = $"/subscriptions/{Subscription}/resourceGroups/theirs/providers";
    private const string Mine = $"/subscriptions/{Subscription}/RESOURCEGROUPS/Mine/providers";
    private const string Subnet = "Microsoft.Network/virtualNetworks/hub/subnets/aks";
    private const string Gateways = """
        {"external":{"namespace":"edge","service":"ingress","selector":{"app":"ingress"}}}
        """;

    /// <summary>Fields that are the cluster's own. Nobody reaches an exposure of others by them.</summary>
    private static readonly string[] OfTheClusterAlone =
    [
        "location",
        "sku", // AKS Automatic has only one strategy, and cannot change
        "kubernetesVersion",
        "tags",
        "features",
        "networkPlugin",
        "dataplane",
        "nodePool",
        "nodePools",
        "mesh",
        "access",
        "tier",
        "upgrades",
        "maintenance",
        "oidcIssuer",
        "workloadIdentity",
        "keyVaultSecretsProvider",
        "outboundType",
        "identity",
        "extra",
    ];

    private static readonly ClusterId Cluster = new(Subscription, "mine", "lab");
    private static readonly AllowList OfGroup = new() { ResourceGroups = Set("mine") };
    private static readonly AllowList OfNamespace = new() { Namespaces = Set("shop"), Ports = [new PortRange(9000, 9099)] };

    [Theory]
    [InlineData("connection", "\"kubeconfig:theirs\"", "/connection")]
    [InlineData("network", $$"""{"subnetId":"{{Theirs}}/{{Subnet}}"}""", "/network/subnetId")]
    [InlineData("network", $$"""{"subnetId":"{{Mine}}/{{Subnet}}"}""", null)]
    [InlineData("identity", $"\"{Theirs}/Microsoft.ManagedIdentity/userAssignedIdentities/admin\"", "/identity")]
    [InlineData(
        "gatewayAddresses",
        """{"external":{"resourceGroup":"theirs","publicIp":"a"}}""",
        "/gatewayAddresses/external/resourceGroup"
    )]
    [InlineData("gatewayAddresses", """{"external":{"resourceGroup":"MINE","publicIp":"a"}}""", null)]
    [InlineData(
        "gatewayAddresses",
        $$$"""{"external":{"publicIpPrefix":"{{{Theirs}}}/Microsoft.Network/publicIPPrefixes/p"}}""",
        "/gatewayAddresses/external/publicIpPrefix"
    )]
    [InlineData("extra", $$"""{"a~b":[{"id":"{{Theirs}}/Microsoft.Compute/disks/d"}]}""", "/extra/a~0b/0/id")]
    [InlineData("extra", $$"""{"scope":"/subscriptions/{{Subscription}}"}""", "/extra/scope")]
    [InlineData("tags", $$"""{"link":"{{Theirs}}/a"}""", null)]
    [InlineData("strategy", "\"companionService\"", null)]
    public void A_role_of_some_clusters_reaches_no_others(string field, string value, string? refused)
    {
        var spec = Spec((field, value));

        Assert.Equal(Pointers(refused), ClusterRefusals.Of(OfGroup, Cluster, spec, null).Select(error => error.Pointer));
        Assert.Equal(Pointers(refused), ClusterRefusals.Of(OfGroup, Cluster, spec, Spec()).Select(error => error.Pointer));
        Assert.Empty(ClusterRefusals.Of(OfGroup, Cluster, spec, spec));
        Assert.Empty(ClusterRefusals.Of(AllowList.Everything, Cluster, spec, null));
    }

    [Theory]
    [InlineData("connection", "\"kubeconfig:theirs\"", "/connection", true)]
    [InlineData("strategy", "\"companionService\"", "/strategy", true)]
    [InlineData("mesh", """{"gateways":["internal"]}""", "/mesh/gateways", true)]
    [InlineData("mesh", """{"revision":"asm-1-31"}""", null, true)]
    [InlineData("gatewayServices", Gateways, "/gatewayServices", true)]
    [InlineData("gatewayAddresses", """{"external":{"publicIp":"a"}}""", "/gatewayAddresses", true)]
    [InlineData("network", $$"""{"subnetId":"{{Theirs}}/{{Subnet}}"}""", "/network", false)]
    [InlineData("nodePool", """{"count":3}""", null, true)]
    [InlineData("discover", """{"namespaces":["shop"],"ports":["9000-9009"]}""", null, true)]
    [InlineData("discover", """{"namespaces":["other"],"ports":["9000-9009"]}""", "/discover/namespaces", true)]
    public void A_role_of_some_namespaces_changes_nothing_that_all_exposures_share(
        string field,
        string value,
        string? refused,
        bool alsoOfNewCluster
    )
    {
        var spec = Spec((field, value));

        Assert.Equal(
            Pointers(alsoOfNewCluster ? refused : null),
            ClusterRefusals.Of(OfNamespace, Cluster, spec, null).Select(error => error.Pointer)
        );
        Assert.Equal(Pointers(refused), ClusterRefusals.Of(OfNamespace, Cluster, spec, Spec()).Select(error => error.Pointer));
        Assert.Empty(ClusterRefusals.Of(OfNamespace, Cluster, spec, spec));
        // Nor does it end what others have written.
        Assert.Equal(
            Pointers(refused?.StartsWith("/discover", StringComparison.Ordinal) == true ? "/discover" : refused),
            ClusterRefusals.Of(OfNamespace, Cluster, Spec(), spec).Select(error => error.Pointer)
        );
    }

    [Fact]
    public void A_role_of_some_namespaces_ends_no_exposures_of_Services_in_others()
    {
        var before = Spec(("discover", """{"namespaces":["other","shop"],"ports":["9000-9009"]}"""));
        var after = Spec(("discover", """{"namespaces":["shop"],"ports":["9000-9009"]}"""));

        var error = Assert.Single(ClusterRefusals.Of(OfNamespace, Cluster, after, before));

        Assert.Equal("/spec/discover", error.Pointer);
        Assert.StartsWith("The current discover: Your role may not use namespace 'other'.", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_written_out_is_no_change() =>
        Assert.Empty(
            ClusterRefusals.Of(
                OfNamespace,
                Cluster,
                Spec(("strategy", "\"managedService\""), ("connection", "\"aks\""), ("mesh", """{"gateways":["external"]}""")),
                null
            )
        );

    /// <summary>A new field needs a decision.</summary>
    [Fact]
    public void Each_field_of_the_spec_is_on_a_list()
    {
        var all = JsonSerializer
            .SerializeToNode(Spec(), new JsonSerializerOptions(JsonSerializerDefaults.Web))!
            .AsObject() // a spec is an object
            .Select(field => field.Key);

        Assert.Equal(
            all.Order(StringComparer.Ordinal),
            ClusterRefusals
                .OfGateways.Concat(ClusterRefusals.OfNetwork)
                .Append("discover")
                .Where(field => !field.Contains('/'))
                .Concat(OfTheClusterAlone)
                .Order(StringComparer.Ordinal)
        );
    }

    private static string[] Pointers(string? field) => field is null ? [] : [$"/spec{field}"];

    private static HashSet<string> Set(string name) => new(StringComparer.OrdinalIgnoreCase) { name };

    private static ClusterSpec Spec(params (string Field, string Value)[] fields)
    {
        var json = new JsonObject { ["location"] = "eastus2" };
        foreach (var (field, value) in fields)
        {
            json[field] = JsonNode.Parse(value);
        }

        var validated = ClusterValidator.Validate(JsonSerializer.SerializeToElement(json, MeshPortJson.Options));
        Assert.Empty(validated.Errors);
        return validated.Value ?? throw new InvalidOperationException("A spec without errors has a value.");
    }
}
