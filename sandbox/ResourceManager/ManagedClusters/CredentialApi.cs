using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Kubeconfigs of a cluster, for users and for administrators.</summary>
internal sealed class CredentialApi(ResourceStore resources, IClusterFleet fleet)
{
    private const string UserRole = "clusterUser";
    private const string AdminRole = "clusterAdmin";

    public void Map(ArmRoutes routes)
    {
        routes.Map("POST", ManagedClusterApi.Path + "/{name}/listClusterUserCredential", request => List(UserRole, User(request)));
        routes.Map(
            "POST",
            ManagedClusterApi.Path + "/{name}/listClusterAdminCredential",
            request => List(AdminRole, Static(Require(request), KubeconfigKind.Admin))
        );
        routes.Map(
            "POST",
            ManagedClusterApi.Path + "/{name}/listClusterMonitoringUserCredential",
            request => List("clusterMonitoringUser", Static(Require(request), KubeconfigKind.UserCertificate))
        );
        routes.Map("GET", ManagedClusterApi.Path + "/{name}/accessProfiles/{child}", Profile);
        routes.Map("POST", ManagedClusterApi.Path + "/{name}/accessProfiles/{child}/listCredential", Profile);
    }

    private string User(ArmRequest request)
    {
        if (request.Query("format") is { } format && format is not ("exec" or "azure"))
        {
            throw ArmErrors.InvalidParameter(
                "format",
                $"The value of parameter format is invalid: '{format}'. Supported values are azure and exec."
            );
        }

        var (id, cluster) = Require(request);
        return cluster.Flag("properties", "aadProfile", "managed") == true
            ? Encode(id, request.Query("format") == "azure" ? KubeconfigKind.UserAzure : KubeconfigKind.UserExec)
            : Static((id, cluster), KubeconfigKind.UserCertificate);
    }

    /// <summary>The older API for a static credential, which is the profile's only content.</summary>
    private ArmAnswer Profile(ArmRequest request)
    {
        var (id, cluster) = Require(request);
        var (role, kind) = request.Child switch
        {
            var child when string.Equals(child, UserRole, StringComparison.OrdinalIgnoreCase) => (UserRole, KubeconfigKind.UserCertificate),
            var child when string.Equals(child, AdminRole, StringComparison.OrdinalIgnoreCase) => (AdminRole, KubeconfigKind.Admin),
            _ => throw new ArmException(404, "NotFound", $"There is no access profile '{request.Child}' in managed cluster {request.Name}.")
            {
                ByProvider = true,
            },
        };
        return ArmAnswer.Ok(
            new JsonObject
            {
                ["id"] = $"{cluster.Text("id")}/accessProfiles/{role}",
                ["location"] = cluster.Text("location"),
                ["name"] = role,
                ["type"] = "Microsoft.ContainerService/ManagedClusters/AccessProfiles",
                ["properties"] = new JsonObject { ["kubeConfig"] = Static((id, cluster), kind) },
            }
        );
    }

    private string Static((string Id, JsonObject Cluster) of, KubeconfigKind kind) =>
        of.Cluster.Flag("properties", "disableLocalAccounts") == true
            ? throw ArmErrors.BadRequest("Getting static credential is not allowed because this cluster is set to disable local accounts.")
            : Encode(of.Id, kind);

    private string Encode(string id, KubeconfigKind kind) => Convert.ToBase64String(Encoding.UTF8.GetBytes(fleet.Kubeconfig(id, kind)));

    private static ArmAnswer List(string name, string kubeconfig) =>
        ArmAnswer.Ok(new JsonObject { ["kubeconfigs"] = new JsonArray(new JsonObject { ["name"] = name, ["value"] = kubeconfig }) });

    private (string Id, JsonObject Cluster) Require(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        return cluster.Text("properties", "provisioningState") == "Creating" ? throw ClusterOperations.Busy("Creating")
            : fleet.Has(id) ? (id, cluster)
            : throw new ArmException(
                404,
                "ControlPlaneNotFound",
                $"The managed control plane of managed cluster {request.Name} was not found."
            )
            {
                ByProvider = true,
            };
    }
}
