using System.Text.Json.Nodes;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Refusals of Azure Resource Manager and Entra.</summary>
public sealed class AzureFailureTests
{
    private const string PutCluster = "PUT managedClusters";

    [Fact, FailureRow(Reasons.FeatureNotFound)]
    public async Task A_missing_feature_is_reported_unless_the_spec_skips_it()
    {
        await using var room = await FailureRoom.StartAsync();

        await room.AskClusterAsync(Feature("GoneLongAgoPreview"));
        await room.SeesAsync(ConditionTypes.FeaturesRegistered, ConditionStatus.False, Reasons.FeatureNotFound, "set onNotFound to skip");

        await room.AskClusterAsync(Feature("GoneLongAgoPreview", "skip"));
        await room.HealsAsync(ConditionTypes.FeaturesRegistered, Reasons.Registered);
    }

    [Fact, FailureRow(Reasons.FeaturePendingApproval)]
    public async Task A_pending_feature_continues_when_it_is_approved()
    {
        await using var room = await FailureRoom.StartAsync();

        await room.AskClusterAsync(Feature("ApprovalGatedPreview"));
        await room.SeesAsync(
            ConditionTypes.FeaturesRegistered,
            ConditionStatus.False,
            Reasons.FeaturePendingApproval,
            "open a support request"
        );

        Assert.True(room.Host.Sandbox.ApproveFeature(MeshPortHost.Id.SubscriptionId, "Microsoft.ContainerService/ApprovalGatedPreview"));
        await room.HealsAsync(ConditionTypes.FeaturesRegistered, Reasons.Registered);
    }

    [Theory, FailureRow(Reasons.AccessDenied)]
    [InlineData(FaultLayer.Arm, ConditionTypes.NetworkReady, "Give it the role")]
    [InlineData(FaultLayer.Entra, ConditionTypes.NetworkReady, "Check the identity")]
    public async Task An_identity_without_rights_or_token_is_reported(FaultLayer layer, string condition, string advice)
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(layer, FaultKind.Refused);

        await room.AskClusterAsync();
        await room.AskExposureAsync();
        await room.SeesAsync(condition, ConditionStatus.Unknown, Reasons.AccessDenied, advice);

        room.Mend();
        await room.HealsAsync(condition);
    }

    [Fact, FailureRow(Reasons.PolicyDenied)]
    public async Task A_policy_that_denies_the_cluster_is_reported_until_it_has_an_exemption()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.Refused, PutCluster, "RequestDisallowedByPolicy");

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.PolicyDenied, "Ask its owner for an exemption");

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Theory]
    [FailureRow(Reasons.ResourceLocked), FailureRow(Reasons.SubnetFull), FailureRow(Reasons.ProviderNotRegistered)]
    [FailureRow(Reasons.SizeUnavailable), FailureRow(Reasons.SubscriptionDisabled), FailureRow(Reasons.NameUnavailable)]
    [InlineData("ScopeLocked", Reasons.ResourceLocked, "az lock delete")]
    [InlineData("SubnetIsFull", Reasons.SubnetFull, "larger subnet")]
    [InlineData("MissingSubscriptionRegistration", Reasons.ProviderNotRegistered, "az provider register")]
    [InlineData("SkuNotAvailable", Reasons.SizeUnavailable, "another size")]
    [InlineData("ReadOnlyDisabledSubscription", Reasons.SubscriptionDisabled, "reactivate")]
    [InlineData("DnsRecordInUse", Reasons.NameUnavailable, "another name")]
    public async Task A_refusal_by_name_is_reported_at_once_with_its_own_advice(string code, string reason, string advice)
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.Refused, PutCluster, code);

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, reason, advice);

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact, FailureRow(Reasons.IdentityPending)]
    public async Task An_identity_that_Entra_does_not_know_yet_is_waited_for()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.Refused, "PUT roleAssignments", "PrincipalNotFound");

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, Reasons.IdentityPending, "tries again");

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    /// <summary>OperationNotAllowed is how AKS says many things. Only an operation in progress is worth waiting for.</summary>
    [Theory]
    [InlineData("exceeding approved standardDSv5Family Cores quota", Reasons.QuotaExceeded, "fewer or smaller nodes")]
    [InlineData("managed cluster is in Power State(Stopped)", Reasons.ClusterStopped, "az aks start")]
    [InlineData("Revision asm-1-99 is not supported by the service mesh add-on.", Reasons.AzureRefused, "Azure's message")]
    public async Task An_operation_that_is_not_allowed_is_reported_at_once(string message, string reason, string advice)
    {
        await using var room = await FailureRoom.StartAsync();
        room.Host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Conflict,
                Operation = PutCluster,
                Message = message,
            }
        );

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, reason, advice);

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Theory, FailureRow(Reasons.PolicyDenied), FailureRow(Reasons.QuotaExceeded), FailureRow(Reasons.ClusterFailed)]
    [InlineData("RequestDisallowedByPolicy", Reasons.PolicyDenied, "Ask its owner for an exemption")]
    [InlineData("InsufficientVCPUQuota", Reasons.QuotaExceeded, "Ask for more")]
    [InlineData("ZonalAllocationFailed", Reasons.SizeUnavailable, "another size")]
    [InlineData("CreateVMSSAgentPoolFailed", Reasons.ClusterFailed, "Correct the spec")]
    public async Task A_creation_that_was_accepted_and_then_failed_tells_why_and_is_tried_again(string code, string reason, string advice)
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.OperationFails, "* managedClusters", code);

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, reason, advice);

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact, FailureRow(Reasons.QuotaExceeded)]
    public async Task An_exhausted_quota_is_reported_until_other_clusters_are_gone()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.Azure.PutAsync(OtherAzureUser.Group, new JsonObject { ["location"] = "eastus2" });
        await room.Azure.PutAsync(
            OtherAzureUser.Cluster + "other",
            JsonNode.Parse(
                """
                {"location":"eastus2","identity":{"type":"SystemAssigned"},"properties":{"dnsPrefix":"other",
                "agentPoolProfiles":[{"name":"nodepool1","mode":"System","count":104,"vmSize":"Standard_D96s_v5"}]}}
                """
            ) as JsonObject
                ?? []
        );

        await room.AskClusterAsync(
            FailureRoom.ClusterWith(
                "nodePool",
                new JsonObject
                {
                    ["name"] = "nodepool1",
                    ["vmSize"] = "Standard_D32s_v5",
                    ["count"] = 1,
                }
            )
        );
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.QuotaExceeded, "Ask for more");

        await room.Azure.DeleteAsync(OtherAzureUser.Cluster + "other");
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Theory, FailureRow(Reasons.Throttled), FailureRow(Reasons.AzureUnavailable), FailureRow(Reasons.ClusterBusy)]
    [InlineData(FaultKind.Throttle, Reasons.Throttled)]
    [InlineData(FaultKind.InternalError, Reasons.AzureUnavailable)]
    [InlineData(FaultKind.Unavailable, Reasons.AzureUnavailable)]
    [InlineData(FaultKind.Reset, Reasons.AzureUnavailable)]
    [InlineData(FaultKind.Conflict, Reasons.ClusterBusy)]
    public async Task A_transient_failure_is_unknown_and_retried_until_it_passes(FaultKind kind, string reason)
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, kind, PutCluster);

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.Unknown, reason, "tries again");

        room.Mend();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Theory, FailureRow(Reasons.AzureUnavailable)]
    [InlineData(FaultKind.Unavailable)]
    [InlineData(FaultKind.Throttle)]
    [InlineData(FaultKind.Down)]
    public async Task An_unavailable_entra_is_a_transient_failure(FaultKind kind)
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Entra, kind);

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.NetworkReady, ConditionStatus.Unknown, Reasons.AzureUnavailable, "tries again");

        room.Mend();
        await room.HealsAsync(ConditionTypes.NetworkReady);
    }

    [Fact, FailureRow(Reasons.AzureRefused)]
    public async Task A_spec_that_Azure_refuses_is_reported_with_Azures_message_until_it_is_corrected()
    {
        await using var room = await FailureRoom.StartAsync();

        await room.AskClusterAsync(
            FailureRoom.ClusterWith(
                "nodePool",
                new JsonObject
                {
                    ["name"] = "nodepool1",
                    ["vmSize"] = "Standard_NoSuchSize",
                    ["count"] = 1,
                }
            )
        );
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.False, Reasons.AzureRefused, "Correct the spec");

        await room.AskClusterAsync();
        await room.HealsAsync(ConditionTypes.ClusterReady);
    }

    [Fact, FailureRow(Reasons.DeadlineExceeded)]
    public async Task A_missed_deadline_is_reported_with_the_last_observation_and_tried_again()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Host.Sandbox.Hang("* virtualNetworks", TimeSpan.FromMinutes(15));

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.NetworkReady, ConditionStatus.False, Reasons.DeadlineExceeded, "The next resync tries again");

        await room.HealsAsync(ConditionTypes.NetworkReady);
    }

    private static JsonObject Feature(string name, string onNotFound = "fail") =>
        FailureRoom.ClusterWith("features", new JsonArray(new JsonObject { ["name"] = name, ["onNotFound"] = onNotFound }));
}
