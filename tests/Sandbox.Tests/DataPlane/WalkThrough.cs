using k8s;
using k8s.Models;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>
/// The objects of the walk-through: the tcp-echo workload, Istio Gateway and VirtualService, and the port on the managed Service.
/// </summary>
internal static class WalkThrough
{
    public static async Task DeployEchoAsync(
        k8s.Kubernetes client,
        string image = "istio/tcp-echo-server:1.1",
        string prefix = "hello",
        string name = "tcpecho"
    )
    {
        var labels = new Dictionary<string, string> { ["app"] = name };
        await client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1DeploymentSpec
                {
                    Replicas = 1,
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = labels },
                        Spec = new V1PodSpec
                        {
                            Containers =
                            [
                                new V1Container
                                {
                                    Name = name,
                                    Image = image,
                                    Args = ["9000", prefix],
                                    Ports = [new V1ContainerPort { ContainerPort = 9000 }],
                                },
                            ],
                        },
                    },
                },
            },
            "default",
            cancellationToken: TestCluster.Token
        );
        await client.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1ServiceSpec
                {
                    Selector = labels,
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
            cancellationToken: TestCluster.Token
        );
    }

    public static Task ApplyGatewayAsync(TestCluster cluster) =>
        ApplyAsync(
            cluster,
            "gateways",
            "tcpecho",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"tcpecho","namespace":"default"},
             "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[{"port":{"number":9000,"name":"tcp",
             "protocol":"TCP"},"hosts":["*"]}]}}
            """
        );

    public static Task ApplyRouteAsync(
        TestCluster cluster,
        string routes = """{"destination":{"host":"tcpecho","port":{"number":9000}}}"""
    ) =>
        ApplyAsync(
            cluster,
            "virtualservices",
            "tcpecho",
            $$$"""
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"tcpecho","namespace":"default"},
             "spec":{"hosts":["*"],"gateways":["tcpecho"],"tcp":[{"match":[{"port":9000}],"route":[{{{routes}}}]}]}}
            """
        );

    /// <summary>Serves a host by TLS on port 9000.</summary>
    /// <param name="tls">The TLS settings of the Gateway, as JSON. The mode decides which rules the VirtualService has.</param>
    public static async Task ServeTlsAsync(TestCluster cluster, string name, string host, string tls, string service)
    {
        await ApplyAsync(
            cluster,
            "gateways",
            name,
            $$$"""
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"{{{name}}}","namespace":"default"},
             "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[{"port":{"number":9000,"name":"tls",
             "protocol":"TLS"},"tls":{{{tls}}},"hosts":["{{{host}}}"]}]}}
            """
        );
        var passes = tls.Contains("PASSTHROUGH", StringComparison.Ordinal);
        var names = passes ? $$$""","sniHosts":["{{{host}}}"]""" : "";
        await ApplyAsync(
            cluster,
            "virtualservices",
            name,
            $$$"""
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"{{{name}}}","namespace":"default"},
             "spec":{"hosts":["{{{host}}}"],"gateways":["{{{name}}}"],"{{{(passes ? "tls" : "tcp")}}}":[{"match":[{"port":9000{{{names}}}}],
             "route":[{"destination":{"host":"{{{service}}}.default.svc.cluster.local","port":{"number":9000} } }]}]}}
            """
        );
    }

    public static async Task OpenPortAsync(TestCluster cluster)
    {
        var (code, body) = await cluster.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}?fieldManager=meshport",
            $$$"""
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{TestCluster.External}}}"},
            "spec":{"ports":[{"name":"tcp-9000","port":9000,"targetPort":9000,"protocol":"TCP"}]}}
            """,
            "application/apply-patch+yaml"
        );
        Assert.True(code == 200, body);
    }

    public static async Task AllAsync(TestCluster cluster)
    {
        await DeployEchoAsync(cluster.Client);
        await ApplyGatewayAsync(cluster);
        await ApplyRouteAsync(cluster);
        await OpenPortAsync(cluster);
    }

    public static async Task ApplyAsync(TestCluster cluster, string plural, string name, string json)
    {
        var (code, body) = await cluster.SendAsync(
            HttpMethod.Patch,
            $"/apis/networking.istio.io/v1/namespaces/default/{plural}/{name}?fieldManager=meshport",
            json,
            "application/apply-patch+yaml"
        );
        Assert.True(code is 200 or 201, body);
    }
}
