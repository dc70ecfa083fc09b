using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// Bindings of a cluster: an Azure resource acts in the cluster with the listed roles. They are stored, and give no rights: the sandbox has
/// no such Azure resources. States and answers as in azure-cli-extensions, test_aks_trustedaccess_rolebinding.yaml.
/// </summary>
internal sealed partial class TrustedAccessApi(ResourceStore resources, ClusterOperations operations)
{
    public const string Write = "trustedAccessRoleBindings/write";
    public const string Delete = "trustedAccessRoleBindings/delete";
    private const string Type = ManagedClusterApi.Type + "/trustedAccessRoleBindings";
    private const string Path = ManagedClusterApi.Path + "/{name}/trustedAccessRoleBindings";
    private static readonly DurationRange Takes = DurationRange.Minutes(0.5, 1); // the recorded creation took more than 30 s

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Path, request => ManagedClusterApi.ListChildren(resources, request, "trustedAccessRoleBindings"));
        routes.Map("GET", Path + "/{child}", request => ArmAnswer.Ok(resources.Get(Id(request)) ?? throw NotFound(request)));
        routes.Map("PUT", Path + "/{child}", Put);
        routes.Map("DELETE", Path + "/{child}", Remove);
        operations.WhenDue(Write, id => Change(id, binding => binding.Ensure("properties")["provisioningState"] = "Succeeded"));
        operations.WhenDue(Delete, id => resources.Delete(id));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        var (clusterId, cluster) = ManagedClusterApi.Require(resources, request);
        ArmErrors.Require(
            Name().IsMatch(request.Child),
            "trustedAccessRoleBindingName",
            $"The trusted access role binding name {request.Child} is invalid. It must be 1 to 24 letters, digits and hyphens."
        );
        var properties = (JsonObject)request.Body.Properties().DeepClone();
        CheckRoles(properties.Text("sourceResourceId") ?? "", properties.Texts("roles"));
        operations.RefuseWhileBusy(clusterId, cluster);
        ClusterOperations.RefuseWhileStopped(cluster);
        var id = $"{clusterId}/trustedAccessRoleBindings/{request.Child}";
        var before = resources.Get(id);
        var binding = new JsonObject
        {
            ["id"] = before?.Text("id") ?? id,
            ["name"] = before?.Text("name") ?? request.Child,
            ["type"] = Type,
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Updating",
                ["sourceResourceId"] = properties["sourceResourceId"]?.DeepClone(),
                ["roles"] = properties["roles"]?.DeepClone(),
            },
        };
        var operation = operations.Begin(Write, id, cluster, Takes);
        resources.Put(id, binding);
        return OperationAnswers.Announce(new ArmAnswer(before is null ? 201 : 200, binding), request, operation);
    }

    private ArmAnswer Remove(ArmRequest request)
    {
        var (clusterId, cluster) = ManagedClusterApi.Require(resources, request);
        var id = Id(request);
        if (resources.Get(id) is null)
        {
            return new ArmAnswer(204);
        }

        operations.RefuseWhileBusy(clusterId, cluster);
        var operation = operations.Begin(Delete, id, cluster, Takes);
        Change(id, binding => binding.Ensure("properties")["provisioningState"] = "Deleting");
        return OperationAnswers.Announce(new ArmAnswer(202), request, operation, withLocation: true);
    }

    /// <summary>The wording is not measured.</summary>
    private static void CheckRoles(string source, IReadOnlyList<string> roles)
    {
        ArmErrors.Require(roles.Count > 0, "roles", "A trusted access role binding has at least one role.");
        foreach (var role in roles)
        {
            var known = TrustedAccessRoles.All.FirstOrDefault(candidate =>
                string.Equals(TrustedAccessRoles.QualifiedName(candidate), role, StringComparison.OrdinalIgnoreCase)
            );
            ArmErrors.Require(
                known is not null,
                "roles",
                $"The trusted access role {role} does not exist. See the list of roles: az aks trustedaccess role list."
            );
            var type = known?.Text("sourceResourceType") ?? "";
            ArmErrors.Require(
                source.Contains($"/providers/{type}", StringComparison.OrdinalIgnoreCase),
                "sourceResourceId",
                $"The role {role} is for resources of the type {type}, not for {source}."
            );
        }
    }

    private void Change(string id, Action<JsonObject> change)
    {
        if (resources.Get(id) is { } binding)
        {
            change(binding);
            resources.Put(id, binding);
        }
    }

    private string Id(ArmRequest request) =>
        $"{ManagedClusterApi.Require(resources, request).Id}/trustedAccessRoleBindings/{request.Child}";

    private static ArmException NotFound(ArmRequest request) =>
        new(
            404,
            "NotFound",
            $"Could not find the trusted access role binding {request.Child} in subscription: {request.Subscription}, resourceGroup: "
                + $"{request.Group}, clusterName: {request.Name}."
        )
        {
            ByProvider = true,
            Flat = true,
            Subcode = "GetTrustedAccessRoleBinding_NotFound",
        };

    [GeneratedRegex("^[A-Za-z0-9-]{1,24}$")]
    private static partial Regex Name();
}
