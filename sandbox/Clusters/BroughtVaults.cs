using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.ResourceManager.KeyVault;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Clusters;

/// <summary>
/// Stands for the person who creates key vaults with certificates and lets the cluster read them
/// (<see cref="SandboxOptions.GatewayVaults"/>), once for each cluster.
/// </summary>
internal sealed class BroughtVaults(SandboxWorld world, ResourceStore resources, RoleAssignmentStore assignments, Func<ClusterShape> shape)
    : IController
{
    private const string SecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
    private string? _served;

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        if (shape() is not { SecretsProvider: { } provider } cluster || provider.ObjectId == _served)
        {
            return null;
        }

        foreach (var certificate in world.GatewayVaults)
        {
            var vault = VaultApi.Find(resources, certificate.Vault) ?? Create(cluster, certificate.Vault);
            if (world.VaultCertificates.Find(certificate.Vault, certificate.Name, "") is null)
            {
                world.VaultCertificates.Bring(certificate);
            }

            Assign(vault.Text("id") ?? "", provider.ObjectId, now);
        }

        _served = provider.ObjectId;
        return null;
    }

    private JsonObject Create(ClusterShape cluster, string name)
    {
        var group = cluster.ClusterId[..cluster.ClusterId.IndexOf("/providers/", StringComparison.OrdinalIgnoreCase)];
        var vault = VaultApi.Document(
            $"{group}/providers/{VaultApi.Type}/{name}",
            cluster.Location,
            null,
            new JsonObject
            {
                ["sku"] = new JsonObject { ["family"] = "A", ["name"] = "standard" },
                ["tenantId"] = Application.TenantId,
                ["enableRbacAuthorization"] = true,
            }
        );
        resources.Put(vault.Text("id") ?? "", vault);
        return vault;
    }

    private void Assign(string scope, string principal, DateTimeOffset now)
    {
        var id = $"{scope}/providers/{RoleAssignmentApi.Type}/{principal}";
        if (assignments.Get(id) is not null)
        {
            return;
        }

        var at = now.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        assignments.Put(
            id,
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["roleDefinitionId"] = $"{scope}/providers/{RoleDefinitionApi.Type}/{SecretsUser}",
                    ["principalId"] = principal,
                    ["principalType"] = "ServicePrincipal",
                    ["scope"] = scope,
                    ["createdOn"] = at,
                    ["updatedOn"] = at,
                },
                ["id"] = id,
                ["type"] = RoleAssignmentApi.Type,
                ["name"] = principal,
            }
        );
    }
}
