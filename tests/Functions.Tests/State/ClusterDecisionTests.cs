using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>The change of the namespace of Gateways.</summary>
public sealed class ClusterDecisionTests
{
    private static readonly ClusterId Id = new("00000000-0000-0000-0000-000000000000", "group", "cluster");

    /// <summary>A spec is a strategy, and the namespace of Gateways if it names one.</summary>
    [Theory]
    [InlineData("GatewayApi edge", "GatewayApi front", 1, "", "namespace edge")]
    [InlineData("GatewayApi", "GatewayApi edge", 1, "", "namespace aks-istio-ingress")]
    [InlineData("GatewayApi edge", "GatewayApi", 1, "", "Write gatewayNamespace: edge")]
    [InlineData("GatewayApi", "GatewayApi aks-istio-ingress", 1, "", null)]
    [InlineData("GatewayApi edge", "GatewayApi front", 0, "ports|GatewayApi gateways|edge", null)]
    [InlineData("GatewayApi edge", "CompanionService", 1, "ports|GatewayApi gateways|edge", null)]
    [InlineData("CompanionService", "GatewayApi edge", 1, "ports|CompanionService", null)]
    [InlineData("CompanionService", "GatewayApi edge", 1, "ports|GatewayApi gateways|edge", null)]
    [InlineData("CompanionService", "GatewayApi front", 1, "ports|GatewayApi gateways|edge", "namespace edge are not gone yet")]
    [InlineData("ManagedService", "GatewayApi", 1, "ports|GatewayApi gateways|edge", "namespace edge are not gone yet")]
    [InlineData("ManagedService", "GatewayApi edge", 1, "ports|GatewayApi gateways|aks-istio-ingress", "aks-istio-ingress are not gone")]
    [InlineData("ManagedService", "GatewayApi front", 1, "gateways|edge", null)]
    [InlineData("ManagedService", "CompanionService", 1, "ports|GatewayApi gateways|edge", null)]
    public void A_cluster_with_exposures_keeps_the_namespace_of_its_Gateways(
        string before,
        string after,
        int ports,
        string marks,
        string? refusal
    )
    {
        var stored = new ClusterDocument(Id, Spec(before), Metadata.Next(null, Id.Path, Id.Name, default), Change: 1, ports);
        var status = new ResourceStatus { Made = marks.Split(' ', StringSplitOptions.RemoveEmptyEntries) };

        var decision = ClusterDecision.Put(Id, Spec(after), Precondition.None, stored, status, default);

        Assert.Equal(refusal is null ? PutOutcome.Updated : PutOutcome.NamespaceInUse, decision.Outcome);
        Assert.Equal(refusal is null ? "" : "/spec/gatewayNamespace", decision.Pointer);
        Assert.Contains(refusal ?? "", decision.Detail ?? "", StringComparison.Ordinal);
        Assert.Equal(refusal is null, decision.After is not null);
    }

    /// <summary>Namespaces of the Services of the external and the internal gateway; - for the gateway of the add-on.</summary>
    [Theory]
    [InlineData("- -", "edge -", "Keep the namespaces of gatewayServices")]
    [InlineData("edge edge", "edge front", "namespace edge, ")]
    [InlineData("edge front", "front edge", "namespace edge and front")]
    [InlineData("edge -", "edge aks-istio-ingress", null)]
    [InlineData("edge front", "edge front", null)]
    [InlineData("edge front", "back front", null, "home")]
    public void So_it_keeps_the_namespaces_of_its_gateways(string before, string after, string? refusal, string? home = null)
    {
        var spec = Spec("GatewayApi") with { GatewayNamespace = home };
        var stored = new ClusterDocument(
            Id,
            spec with
            {
                GatewayServices = Services(before, "one"),
            },
            Metadata.Next(null, Id.Path, Id.Name, default),
            Change: 1,
            Ports: 1
        );

        var decision = ClusterDecision.Put(
            Id,
            spec with
            {
                GatewayServices = Services(after, "two"),
            },
            Precondition.None,
            stored,
            new ResourceStatus(),
            default
        );

        Assert.Equal(refusal is null ? PutOutcome.Updated : PutOutcome.NamespaceInUse, decision.Outcome);
        Assert.Equal(refusal is null ? "" : "/spec/gatewayServices", decision.Pointer);
        Assert.Contains(refusal ?? "", decision.Detail ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_refusal_on_AKS_Automatic_does_not_advise_other_strategies()
    {
        var automatic = Spec("GatewayApi edge") with { Sku = ClusterSku.Automatic };
        var stored = new ClusterDocument(Id, automatic, Metadata.Next(null, Id.Path, Id.Name, default), Change: 1, Ports: 1);

        var decision = ClusterDecision.Put(
            Id,
            automatic with
            {
                GatewayNamespace = "front",
            },
            Precondition.None,
            stored,
            new ResourceStatus(),
            default
        );

        Assert.DoesNotContain("strategy", decision.Detail, StringComparison.Ordinal);
    }

    private static GatewayServicesSpec Services(string homes, string name) =>
        homes.Split(' ').Select(home => home == "-" ? null : new GatewayService(home, name, new Dictionary<string, string>())).ToList()
            is [var external, var @internal]
            ? new GatewayServicesSpec(external, @internal)
            : throw new ArgumentException(homes, nameof(homes));

    private static ClusterSpec Spec(string text) =>
        new()
        {
            Location = "eastus2",
            Strategy = Enum.Parse<Strategy>(text.Split(' ')[0]),
            GatewayNamespace = text.Split(' ').ElementAtOrDefault(1),
        };
}
