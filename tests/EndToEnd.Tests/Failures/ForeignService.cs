using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>A Service <c>theirs</c> of others in the cluster, and the echo servers behind it.</summary>
internal static class ForeignService
{
    private const string Name = "theirs";
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = Name };

    public static Task ServiceAsync(IKubernetes cluster, CancellationToken cancellationToken) =>
        cluster.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = Name },
                Spec = new V1ServiceSpec
                {
                    Selector = Labels,
                    Ports =
                    [
                        new V1ServicePort
                        {
                            Name = "tcp",
                            Port = 9000,
                            TargetPort = 9000,
                        },
                    ],
                },
            },
            "default",
            cancellationToken: cancellationToken
        );

    public static Task PodsAsync(IKubernetes cluster, CancellationToken cancellationToken) =>
        cluster.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = Name },
                Spec = new V1DeploymentSpec
                {
                    Selector = new V1LabelSelector { MatchLabels = Labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = Labels },
                        Spec = new V1PodSpec
                        {
                            Containers =
                            [
                                new V1Container
                                {
                                    Name = "echo",
                                    Image = "istio/tcp-echo-server:1.1",
                                    Args = ["9000", "hello"],
                                    Ports = [new V1ContainerPort { ContainerPort = 9000 }],
                                },
                            ],
                        },
                    },
                },
            },
            "default",
            cancellationToken: cancellationToken
        );
}
