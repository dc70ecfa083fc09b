using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Kubeconfigs of a cluster, for users and for administrators.</summary>
internal sealed class CredentialApi(ResourceStore resources, ClusterFleet fleet)
{
    private const string Path = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + ClusterApi.Type + "/{name}";

    public void Map(ArmRoutes routes)
    {
        routes.Map("POST", Path + "/listClusterUserCredential", User);
        routes.Map("POST", Path + "/listClusterAdminCredential", Admin);
    }

    private ArmAnswer User(ArmRequest request)
    {
        if (request.Query("format") is { } format && format is not ("exec" or "azure"))
        {
            throw ArmErrors.InvalidParameter("format", $"The value of parameter format is invalid: '{format}'. Supported values are azure and exec.");
        }

        var (id, cluster) = Require(request);
        if (cluster.Flag("properties", "aadProfile", "managed") == true)
        {
            return Answer(id, "clusterUser", KubeconfigKind.UserExec);
        }

        RefuseWithoutLocalAccounts(cluster);
        return Answer(id, "clusterUser", KubeconfigKind.UserCertificate);
    }

    private ArmAnswer Admin(ArmRequest request)
    {
        var (id, cluster) = Require(request);
        RefuseWithoutLocalAccounts(cluster);
        return Answer(id, "clusterAdmin", KubeconfigKind.Admin);
    }

    private ArmAnswer Answer(string id, string name, KubeconfigKind kind) => ArmAnswer.Ok(new JsonObject
    {
        ["kubeconfigs"] = new JsonArray(new JsonObject { ["name"] = name, ["value"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(fleet.Kubeconfig(id, kind))) }),
    });

    private static void RefuseWithoutLocalAccounts(JsonObject cluster)
    {
        if (cluster.Flag("properties", "disableLocalAccounts") == true)
        {
            throw ArmErrors.BadRequest("Getting static credential is not allowed because this cluster is set to disable local accounts.");
        }
    }

    private (string Id, JsonObject Cluster) Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        var id = request.ResourceId(ClusterApi.Type, request.Name);
        var cluster = resources.Get(id) ?? throw ArmErrors.ResourceNotFound(ClusterApi.Type, request.Name, request.Group);
        return cluster.Text("properties", "provisioningState") == "Creating"
            ? throw new ArmException(409, "OperationNotAllowed", "Operation is not allowed: Another operation (Creating) is in progress, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details") { ByProvider = true, Flat = true }
            : (id, cluster);
    }
}
