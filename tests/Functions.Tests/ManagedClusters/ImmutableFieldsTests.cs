using System.Text.Json.Nodes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.ManagedClusters;

/// <summary>One row for each rule: the observed field, and the message when the spec wants something else.</summary>
public sealed class ImmutableFieldsTests
{
    private static readonly ClusterSpec Spec = new()
    {
        Location = "eastus2",
        KubernetesVersion = "1.34",
        NetworkPlugin = NetworkPlugin.AzureOverlay,
        Dataplane = Dataplane.Cilium,
        NodePool = new NodePoolSpec
        {
            Name = "pool",
            VmSize = "Standard_D2s_v5",
            Zones = ["1", "2"],
        },
        OidcIssuer = false,
        Access = new AccessSpec { PrivateCluster = true, PrivateDnsZone = PrivateDnsZone.System },
        Mesh = new MeshSpec { Revision = "asm-1-29" },
    };

    [Theory]
    [InlineData("location", "\"West Europe\"", "The cluster is in WestEurope, not in eastus2; a cluster cannot move.")]
    [InlineData("properties/networkProfile/networkPlugin", "\"kubenet\"", "On the cluster, the network plugin is kubenet, not azure; make")]
    [InlineData("properties/networkProfile/networkPluginMode", "null", "pods have addresses of the network (azure), not of an overlay")]
    [InlineData("properties/networkProfile/networkDataplane", "\"azure\"", "On the cluster, the data plane is azure, not cilium; make")]
    [InlineData(
        "properties/agentPoolProfiles/0/name",
        "\"other\"",
        "The cluster has no node pool pool; write the name of one that it has."
    )]
    [InlineData("properties/agentPoolProfiles/0/vmSize", "\"Standard_B2ms\"", "the VM size is Standard_B2ms, not Standard_D2s_v5; make")]
    [InlineData("properties/agentPoolProfiles/0/availabilityZones", "null", "The node pool is in no zones, not 1 and 2; make")]
    [InlineData("properties/agentPoolProfiles/0/availabilityZones", "[\"3\"]", "The node pool is in zones 3, not 1 and 2; make")]
    [InlineData("properties/oidcIssuerProfile", "{\"enabled\":true}", "The OIDC issuer is on, and AKS cannot switch it off; write")]
    [InlineData("properties/currentKubernetesVersion", "\"1.33.2\"", "The cluster runs Kubernetes 1.33.2, not 1.34; upgrade it")]
    [InlineData("properties/currentKubernetesVersion", "\"1.340.1\"", "runs Kubernetes 1.340.1, which is later than 1.34, and AKS")]
    [InlineData("properties/serviceMeshProfile/istio/revisions", "[\"asm-1-27\",\"asm-1-28\"]", "The mesh runs asm-1-27 and asm-1-28, not")]
    [InlineData(
        "properties/disableLocalAccounts",
        "false",
        "Local accounts are on on the cluster; change that with az aks update, or write"
    )]
    [InlineData("properties/apiServerAccessProfile", "null", "The API server is public, not private; make a new cluster, or")]
    [InlineData("properties/apiServerAccessProfile/privateDNSZone", "\"none\"", "The private DNS zone is none, not system, and AKS can")]
    public void A_field_that_differs_is_reported(string path, string value, string message) =>
        Assert.Contains(message, ImmutableFields.Difference(Observed(path, value), Spec), StringComparison.Ordinal);

    [Theory]
    [InlineData("location", "\"East US 2\"")]
    [InlineData("properties/networkProfile/networkPluginMode", "\"Overlay\"")]
    [InlineData("properties/networkProfile/networkDataplane", "null")]
    [InlineData("properties/agentPoolProfiles", "[]")]
    [InlineData("properties/serviceMeshProfile/mode", "\"Disabled\"")]
    [InlineData("properties/serviceMeshProfile/istio/revisions", "[\"asm-1-28\",\"asm-1-29\"]")]
    [InlineData("properties/disableLocalAccounts", "null")]
    [InlineData("properties/apiServerAccessProfile/privateDNSZone", "null")]
    [InlineData("properties/oidcIssuerProfile", "{\"enabled\":false}")]
    public void A_field_that_Azure_writes_otherwise_or_not_at_all_fits(string path, string value) =>
        Assert.Null(ImmutableFields.Difference(Observed(path, value), Spec));

    /// <summary>A cluster that fits, except for one field.</summary>
    private static JsonObject Observed(string path, string value)
    {
        var cluster = JsonNode.Parse(
            """
            {
              "location": "eastus2",
              "properties": {
                "networkProfile": { "networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "cilium" },
                "agentPoolProfiles": [ { "name": "pool", "vmSize": "Standard_D2s_v5", "availabilityZones": ["2", "1"] } ],
                "currentKubernetesVersion": "1.34.4",
                "disableLocalAccounts": true,
                "apiServerAccessProfile": { "enablePrivateCluster": true, "privateDNSZone": "System" },
                "serviceMeshProfile": { "mode": "Istio", "istio": { "revisions": ["asm-1-29"] } }
              }
            }
            """
        );
        var steps = path.Split('/');
        var parent = steps[..^1].Aggregate(cluster, (node, step) => int.TryParse(step, out var index) ? node?[index] : node?[step]);
        Assert.IsType<JsonObject>(parent)[steps[^1]] = JsonNode.Parse(value);
        return Assert.IsType<JsonObject>(cluster);
    }
}
