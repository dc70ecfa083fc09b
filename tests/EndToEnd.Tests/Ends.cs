using System.Net.Http.Json;
using System.Text.Json;
using k8s;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Waits for the end of operations, and gives access to the cluster.</summary>
internal static class Ends
{
    /// <summary>Waits for the end of an operation.</summary>
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

    /// <summary>A client with the administrator's rights in the sample's cluster.</summary>
    public static IKubernetes Administrate(this AzureSandbox azure) =>
        new k8s.Kubernetes(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(azure.AdminKubeconfig(Walkthrough.Environment.ArmId))
            )
        );
}
