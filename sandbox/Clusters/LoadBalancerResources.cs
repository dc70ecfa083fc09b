using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Network;

namespace MeshPort.Sandbox.Clusters;

/// <summary>
/// The resources of Azure that a Service names, with the refusals of Azure and of its cloud provider. Their wording is partly from public
/// reports and not measured.
/// </summary>
internal sealed class LoadBalancerResources(
    ResourceStore resources,
    RoleAssignmentStore assignments,
    PublicAddressUsers users,
    NodeGroupNetwork nodeGroups,
    Func<ClusterShape> shape
) : ILoadBalancerResources
{
    /// <summary>The only subnet of a network that AKS manages.</summary>
    private const string ManagedSubnet = "aks-subnet";

    public string? Missing(JsonObject service)
    {
        if (FrontendRules.IsInternal(service))
        {
            return FrontendRules.Annotation(service, "azure-load-balancer-internal-subnet") is not { } subnet ? null
                : !Has(subnet) ? $"ensure({service.Namespace()}/{service.Name()}): lb(kubernetes-internal) - failed to get subnet: {subnet}"
                : ClusterIdentity.SubnetProblem(assignments, shape().PrincipalId, SubnetId(subnet));
        }

        return FrontendRules.Annotation(service, "azure-pip-prefix-id") is { } prefix && resources.Get(prefix) is null
            ? NotFound(prefix)
            : null;
    }

    public (string Name, bool IsOfNodes) Group(JsonObject service)
    {
        var nodes = NodeGroup();
        var name = FrontendRules.Annotation(service, "azure-load-balancer-resource-group")?.Trim() is { Length: > 0 } asked ? asked : nodes;
        return (name, string.Equals(name, nodes, StringComparison.OrdinalIgnoreCase));
    }

    public string? GroupProblem(JsonObject service)
    {
        var (group, isOfNodes) = Group(service);
        if (isOfNodes)
        {
            return null;
        }

        return ClusterIdentity.AddressProblem(assignments, shape().PrincipalId, GroupId(group), null)
            ?? (
                resources.GetGroup(GroupId(group)) is null
                    ? ClusterIdentity.CloudProviderError(404, "ResourceGroupNotFound", $"Resource group '{group}' could not be found.")
                    : null
            );
    }

    public (string? Id, string? Address, string? Problem) Find(JsonObject service, string? name, string? address)
    {
        var (group, isOfNodes) = Group(service);
        var found = resources
            .Children($"{GroupId(group)}/providers/{NodeGroupNetwork.AddressType}")
            .FirstOrDefault(entry =>
                name is null
                    ? entry.Document.Text("properties", "ipAddress") == address
                    : string.Equals(entry.Document.Text("name"), name, StringComparison.OrdinalIgnoreCase)
            );
        if (found.Document is not { } document)
        {
            return default;
        }

        var id = document.Text("id") ?? found.Id;
        return (id, document.Text("properties", "ipAddress"), Problem(service, document, id, isOfNodes));
    }

    public void Use(string service, string frontend, string? addressId)
    {
        if (addressId is null)
        {
            users.Remove(shape().ClusterId, service);
        }
        else
        {
            users.Add(shape().ClusterId, service, addressId, frontend);
        }
    }

    private string? Problem(JsonObject service, JsonObject document, string id, bool isOfNodes)
    {
        var (user, _) = users.Of(id);
        var group = GroupId(Group(service).Name);
        return (isOfNodes ? null : ClusterIdentity.AddressProblem(assignments, shape().PrincipalId, group, id))
            ?? (
                !string.Equals(document.Text("location"), shape().Location, StringComparison.OrdinalIgnoreCase) ? NotFound(id)
                : user is not null && !string.Equals(user, shape().ClusterId, StringComparison.OrdinalIgnoreCase) ? InUse(service, id)
                : null
            );
    }

    /// <summary>As a user of network interfaces reported it (github.com/yingeli/pod-external-ip-operator).</summary>
    private string InUse(JsonObject service, string id) =>
        $"PublicIPAddressInUse: Resource {NodeGroupNetwork.FrontendId(GroupId(NodeGroup()), LoadBalancerRules.NameOf(service))} "
        + $"is referencing public IP address {id} that is already allocated to resource {nodeGroups.User(id)}.";

    private static string NotFound(string id) => $"InvalidResourceReference: {NetworkReferences.Missing(id, "the load balancer")}";

    private string NodeGroup() =>
        resources.Get(shape().ClusterId)?.Text("properties", "nodeResourceGroup")
        ?? ClusterDefaults.NodeGroup(shape().ClusterId.Split('/')[4], shape().Name, shape().Location);

    private string GroupId(string group) => $"/subscriptions/{shape().ClusterId.Split('/')[2]}/resourceGroups/{group}";

    /// <summary>Null in a network that AKS manages.</summary>
    private string? SubnetId(string subnet) => shape().SubnetId is { } nodes ? $"{nodes[..nodes.LastIndexOf('/')]}/{subnet}" : null;

    private bool Has(string subnet) =>
        SubnetId(subnet) is { } id ? resources.Get(id) is not null : subnet.Equals(ManagedSubnet, StringComparison.OrdinalIgnoreCase);
}
