using k8s;
using k8s.Models;
using MeshPort.Sandbox.Tests.Kubernetes;

namespace MeshPort.Sandbox.Tests.Kubelet;

internal static class Pods
{
    /// <summary>Creates a pod of one container and waits until it is ready.</summary>
    public static async Task RunAsync(TestCluster cluster, string name, string image, params string[] arguments)
    {
        await cluster.Client.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1PodSpec
                {
                    Containers =
                    [
                        new V1Container
                        {
                            Name = name,
                            Image = image,
                            Args = arguments,
                            Env = [new V1EnvVar { Name = "GREETING", Value = "hi there" }],
                        },
                    ],
                },
            },
            "default",
            cancellationToken: TestCluster.Token
        );
        await Wait.UntilAsync(
            async () =>
                (await cluster.Client.CoreV1.ReadNamespacedPodAsync(name, "default", cancellationToken: TestCluster.Token))
                    .Status
                    .ContainerStatuses
                    ?[0]
                    .Ready == true,
            TestCluster.Token
        );
    }
}
