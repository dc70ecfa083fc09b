using k8s;
using k8s.Autorest;
using k8s.Models;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Kinds that belong to the API server and its nodes: priority and fairness, runtime classes.</summary>
public sealed class ServerKindTests : OwnClusterTests
{
    [Fact]
    public async Task Every_cluster_has_the_flow_schemas_and_priority_levels_of_a_real_server()
    {
        var levels = await Client.FlowcontrolApiserverV1.ListPriorityLevelConfigurationAsync(cancellationToken: Cancel);
        Assert.Equal(
            ["catch-all", "exempt", "global-default", "leader-election", "node-high", "system", "workload-high", "workload-low"],
            levels.Items.Select(level => level.Name())
        );
        Assert.Equal(128, levels.Items.Single(level => level.Name() == "workload-high").Spec.Limited.LimitResponse.Queuing.Queues);

        await Wait.UntilAsync(
            async () =>
                (await Client.FlowcontrolApiserverV1.ListFlowSchemaAsync(cancellationToken: Cancel)).Items is { Count: 13 } schemas
                && schemas.All(schema => schema.Status?.Conditions?.SingleOrDefault()?.Status == "False"),
            Cancel
        );
    }

    [Fact]
    public async Task A_flow_schema_without_its_priority_level_dangles_and_a_deleted_default_comes_back()
    {
        var schema = new V1FlowSchema
        {
            Metadata = new V1ObjectMeta { Name = "mine" },
            Spec = new V1FlowSchemaSpec { PriorityLevelConfiguration = new V1PriorityLevelConfigurationReference { Name = "none" } },
        };
        var made = await Client.FlowcontrolApiserverV1.CreateFlowSchemaAsync(schema, cancellationToken: Cancel);
        Assert.Equal(1000, made.Spec.MatchingPrecedence);
        await Client.FlowcontrolApiserverV1.DeleteFlowSchemaAsync("probes", cancellationToken: Cancel);

        await Wait.UntilAsync(
            async () =>
                (await Client.FlowcontrolApiserverV1.ReadFlowSchemaAsync("mine", cancellationToken: Cancel)).Status?.Conditions?[0].Status
                == "True",
            Cancel
        );
        await Wait.UntilAsync(
            async () =>
                (await Client.FlowcontrolApiserverV1.ListFlowSchemaAsync(cancellationToken: Cancel)).Items.Any(item =>
                    item.Name() == "probes"
                ),
            Cancel
        );
    }

    [Fact]
    public async Task A_runtime_class_keeps_its_handler()
    {
        var created = await Client.NodeV1.CreateRuntimeClassAsync(
            new V1RuntimeClass
            {
                Metadata = new V1ObjectMeta { Name = "kata" },
                Handler = "kata",
            },
            cancellationToken: Cancel
        );

        created.Handler = "other";
        var refusal = await Assert.ThrowsAsync<HttpOperationException>(() =>
            Client.NodeV1.ReplaceRuntimeClassAsync(created, "kata", cancellationToken: Cancel)
        );

        Assert.Contains("handler: Invalid value: \\\"other\\\": field is immutable", refusal.Response.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discovery_shows_the_kinds_and_no_admission_policies()
    {
        var certificates = await Client.CertificatesV1.GetAPIResourcesAsync(Cancel);
        Assert.Equal(
            ["certificatesigningrequests", "certificatesigningrequests/approval", "certificatesigningrequests/status"],
            certificates.Resources.Select(resource => resource.Name)
        );
        var admission = await Client.AdmissionregistrationV1.GetAPIResourcesAsync(Cancel);
        Assert.DoesNotContain(admission.Resources, resource => resource.Kind == "ValidatingAdmissionPolicy");
        var refusal = await Assert.ThrowsAsync<HttpOperationException>(() =>
            Client.AdmissionregistrationV1.ListValidatingAdmissionPolicyAsync(cancellationToken: Cancel)
        );
        Assert.Equal(System.Net.HttpStatusCode.NotFound, refusal.Response.StatusCode);
    }
}
