using System.Net.Http.Json;
using System.Text.Json;
using k8s;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>What stories end with: an operation that is over, and a look into the cluster.</summary>
internal static class Ends
{
    /// <summary>Awaits that an operation is over.</summary>
    /// <returns>The operation.</returns>
    public static async Task<JsonElement> EndAsync(
        this HttpClient client,
        Uri operation,
        TimeSpan within,
        CancellationToken cancellationToken
    )
    {
        JsonElement found = default;
        await Wait.UntilAsync(
            $"{operation} is over",
            within,
            async () =>
                (found = await client.GetFromJsonAsync<JsonElement>(operation, cancellationToken)).GetProperty("status").GetString()
                != "Running",
            cancellationToken
        );
        return found;
    }

    /// <summary>The sample's cluster as its administrator has it.</summary>
    public static IKubernetes Administrate(this AzureSandbox azure) =>
        new k8s.Kubernetes(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(azure.AdminKubeconfig(Walkthrough.Environment.ArmId))
            )
        );
}
