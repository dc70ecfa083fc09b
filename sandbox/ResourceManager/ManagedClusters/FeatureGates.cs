using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Cluster values that require the subscription to register their preview feature (reference domain.md, section 3.4).</summary>
internal sealed class FeatureGates(SandboxWorld world)
{
    private static readonly (string[] Path, string Value, string Feature)[] Gates =
    [
        (
            ["networkProfile", "loadBalancerProfile", "clusterServiceLoadBalancerHealthProbeMode"],
            "Shared",
            "Microsoft.ContainerService/EnableSLBSharedHealthProbePreview"
        ),
    ];

    public void Check(string subscription, JsonObject properties)
    {
        foreach (var (path, value, feature) in Gates)
        {
            if (
                string.Equals(properties.Text(path), value, StringComparison.OrdinalIgnoreCase)
                && FeatureRegistrations.State(world, subscription, feature) != "Registered"
            )
            {
                throw ArmErrors.BadRequest(
                    $"Feature {feature} is not enabled. Please see https://aka.ms/aks/previews for how to enable features.",
                    string.Join('.', path)
                );
            }
        }
    }
}
