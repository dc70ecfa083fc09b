using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.State;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Lets the identity of a cluster that MeshPort has made use its nodes' subnet. Azure gives it rights in the cluster's node resource group alone, and without a role on a subnet elsewhere its
/// load balancers get no address (https://github.com/Azure/AKS/issues/1557). A cluster of somebody else is left as it is.
/// </summary>
internal sealed class SubnetRoleAssignment(ArmClient arm, StatusStore log)
{
    /// <returns>Why the role could not be given and what a person does, null when the identity has it or needs none.</returns>
    /// <exception cref="RequestFailedException">ARM could not be reached, or refused for another reason than missing rights.</exception>
    public async Task<string?> GiveAsync(StepInput question, NetworkSpec network, JsonObject observed, CancellationToken cancellationToken)
    {
        if (!Ownership.IsOurs(observed) || SubnetRole.PrincipalOf(observed) is not { } principal)
        {
            return null;
        }

        var subnet = EnsureNetwork.SubnetId(question.Cluster, network);
        try
        {
            if (!await IsGivenAsync(subnet, principal, cancellationToken))
            {
                await AssignAsync(question, subnet, principal, cancellationToken);
            }

            return null;
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return $"MeshPort may not give the cluster's identity the role {SubnetRole.Name} on subnet {subnet.Name}, without which its gateways may get no address. Deploy MeshPort's role again (infra/README.md), or give it: "
                + $"az role assignment create --role '{SubnetRole.Name}' --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --scope {subnet}";
        }
    }

    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<bool> IsGivenAsync(ResourceIdentifier subnet, Guid principal, CancellationToken cancellationToken) =>
        SubnetRole.IsGiven(await new RoleAssignments(arm, subnet).OfAsync(principal, cancellationToken), subnet);

    /// <summary>Takes back what was given, after the cluster is gone.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task TakeBackAsync(ClusterId cluster, ResourceStatus status, CancellationToken cancellationToken)
    {
        foreach (var id in status.Made.Where(RoleAssignments.IsOne))
        {
            await new ArmJsonResource(arm, new ResourceIdentifier(id), ApiVersions.RoleAssignments).DeleteAsync(cancellationToken);
            await log.RecordClusterAsync(cluster, (before, _) => before.Unmaking(id), cancellationToken);
        }
    }

    private async Task AssignAsync(StepInput question, ResourceIdentifier subnet, Guid principal, CancellationToken cancellationToken)
    {
        // An assignment has no tags. Noted before it is made: what was never made is not there to be taken back.
        var name = SubnetRole.NameFor(subnet, principal);
        await log.RecordClusterAsync(
            question.Cluster,
            (status, _) => status.Making(RoleAssignments.IdOf(subnet, name).ToString()),
            cancellationToken
        );
        await new RoleAssignments(arm, subnet).AssignAsync(name, SubnetRole.Body(question.Cluster, principal), cancellationToken);
        await log.RecordClusterAsync(
            question.Cluster,
            (status, now) =>
                status.Repaired(
                    ConditionTypes.ClusterReady,
                    question.Generation,
                    $"RoleAssignment {subnet.Name}",
                    $"The cluster's identity had no role on the subnet; it has {SubnetRole.Name} again.",
                    now
                ),
            cancellationToken
        );
    }
}
