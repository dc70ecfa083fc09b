using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Fields and annotations by which the owner of the gateway's Service keeps clients out.</summary>
public sealed class ServiceRestrictionTests
{
    private const string AddOnService = "aks-istio-ingressgateway-external";
    private const string AddOnNamespace = "aks-istio-ingress";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow(Reasons.ServiceRestricted)]
    public async Task Source_ranges_of_the_gateways_service_are_named_until_they_are_gone()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();

        await PatchAsync(cluster, """{"spec":{"loadBalancerSourceRanges":["203.0.113.0/24"]}}""");
        await room.SeesAsync(
            ConditionTypes.NetworkOpen,
            ConditionStatus.False,
            Reasons.ServiceRestricted,
            "spec.loadBalancerSourceRanges is 203.0.113.0/24"
        );

        await PatchAsync(cluster, """{"spec":{"loadBalancerSourceRanges":null}}""");
        await room.HealsAsync(ConditionTypes.NetworkOpen, Reasons.NoSubnetFirewall);
    }

    [Fact]
    public async Task Annotations_of_the_gateways_service_are_named()
    {
        await using var room = await FailureRoom.ReadyAsync();
        using var cluster = room.Host.Kubernetes();

        (string Name, string Value)[] annotations =
        [
            ("azure-allowed-service-tags", "AzureCloud"),
            ("azure-allowed-ip-ranges", "203.0.113.0/24"),
            ("port_9000_no_lb_rule", "true"),
            ("port_9000_health-probe_protocol", "http"),
        ];
        await AnnotateAsync(cluster, [.. annotations.Select(annotation => (annotation.Name, (string?)annotation.Value))]);
        foreach (var (name, value) in annotations)
        {
            await room.SeesAsync(
                ConditionTypes.NetworkOpen,
                ConditionStatus.False,
                Reasons.ServiceRestricted,
                $"annotation service.beta.kubernetes.io/{name} is {value}"
            );
        }

        await AnnotateAsync(cluster, [.. annotations.Select(annotation => (annotation.Name, (string?)null))]);
        await room.HealsAsync(ConditionTypes.NetworkOpen, Reasons.NoSubnetFirewall);
    }

    [Fact]
    public async Task A_load_balancer_without_floating_address_is_named_behind_a_security_group()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded());
        using var cluster = room.Host.Kubernetes();

        await AnnotateAsync(cluster, ("azure-disable-load-balancer-floating-ip", "true"));
        await room.SeesAsync(
            ConditionTypes.NetworkOpen,
            ConditionStatus.False,
            Reasons.ServiceRestricted,
            "azure-disable-load-balancer-floating-ip is true"
        );

        await AnnotateAsync(cluster, ("azure-disable-load-balancer-floating-ip", null));
        await room.HealsAsync(ConditionTypes.NetworkOpen);
    }

    private static Task AnnotateAsync(IKubernetes cluster, params (string Name, string? Value)[] annotations) =>
        PatchAsync(
            cluster,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject(
                        annotations.Select(one =>
                            KeyValuePair.Create($"service.beta.kubernetes.io/{one.Name}", (JsonNode?)JsonValue.Create(one.Value))
                        )
                    ),
                },
            }.ToJsonString()
        );

    private static Task PatchAsync(IKubernetes cluster, string patch) =>
        cluster.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            AddOnService,
            AddOnNamespace,
            fieldManager: "kubectl-edit",
            cancellationToken: Token
        );
}
