using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Controllers;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Quotas, LimitRanges and Pod Security of a namespace.</summary>
public sealed class NamespacePolicyTests
{
    private const string Plain = """{"name":"c","image":"nginx"}""";
    private const string Privileged = """{"name":"c","image":"nginx","securityContext":{"privileged":true} }""";
    private const string Sized = """{"name":"c","image":"nginx","resources":{"requests":{"cpu":"300m"},"limits":{"cpu":"600m"} } }""";

    [Fact]
    public async Task A_quota_refuses_what_exceeds_it_and_reports_its_usage()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            $"{Core}/resourcequotas",
            """{"metadata":{"name":"q"},"spec":{"hard":{"pods":"2","requests.cpu":"500m","services.loadbalancers":"0"} } }"""
        );
        await cluster.CreateAsync($"{Core}/pods", Pod("first", Sized));

        await cluster.RefusedAsync(
            403,
            "pods \"second\" is forbidden: exceeded quota: q, requested: requests.cpu=300m, used: requests.cpu=300m, "
                + "limited: requests.cpu=500m",
            HttpMethod.Post,
            $"{Core}/pods",
            Pod("second", Sized)
        );
        await cluster.RefusedAsync(
            403,
            "pods \"second\" is forbidden: failed quota: q: must specify requests.cpu for: c",
            HttpMethod.Post,
            $"{Core}/pods",
            Pod("second", Plain)
        );
        await cluster.RefusedAsync(
            403,
            "services \"lb\" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, "
                + "limited: services.loadbalancers=0",
            HttpMethod.Post,
            $"{Core}/services",
            """{"metadata":{"name":"lb"},"spec":{"type":"LoadBalancer","ports":[{"port":80}]} }"""
        );
        var quota = await cluster.UntilAsync($"{Core}/resourcequotas/q", found => found.Text("status", "used", "pods") == "1");
        Assert.Equal("300m", quota.Text("status", "used", "requests.cpu"));
    }

    [Fact]
    public async Task A_quota_also_holds_for_workloads()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            $"{Core}/resourcequotas",
            """{"metadata":{"name":"q"},"spec":{"hard":{"pods":"1","count/deployments.apps":"1"} } }"""
        );
        await cluster.CreateAsync(
            $"{Apps}/deployments",
            $$"""{"metadata":{"name":"d"},"spec":{{Spec("d", Plain, ""","replicas":2""")}} }"""
        );

        var deployment = await cluster.UntilAsync($"{Apps}/deployments/d", found => found.Has("ReplicaFailure"));

        Assert.Contains(
            "is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
            deployment.Items("status", "conditions").First(condition => condition.Text("type") == "ReplicaFailure").Text("message"),
            StringComparison.Ordinal
        );
        await cluster.RefusedAsync(
            403,
            "deployments.apps \"e\" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, "
                + "limited: count/deployments.apps=1",
            HttpMethod.Post,
            $"{Apps}/deployments",
            $$"""{"metadata":{"name":"e"},"spec":{{Spec("e", Plain)}} }"""
        );
    }

    [Fact]
    public async Task A_limit_range_gives_defaults_and_bounds()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            $"{Core}/limitranges",
            """
            {"metadata":{"name":"l"},"spec":{"limits":[{"type":"Container","default":{"cpu":"200m"},"defaultRequest":{"cpu":"100m"},
            "max":{"cpu":"500m"},"min":{"cpu":"50m"} },{"type":"PersistentVolumeClaim","max":{"storage":"1Gi"} }]} }
            """
        );

        var pod = await cluster.CreateAsync($"{Core}/pods", Pod("plain", Plain));
        Assert.Equal(
            ("100m", "200m"),
            (
                pod.Items("spec", "containers").First().Text("resources", "requests", "cpu"),
                pod.Items("spec", "containers").First().Text("resources", "limits", "cpu")
            )
        );
        Assert.Equal(
            "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
            pod.Text("metadata", "annotations", "kubernetes.io/limit-ranger")
        );
        await cluster.RefusedAsync(
            403,
            "pods \"sized\" is forbidden: maximum cpu usage per Container is 500m, but limit is 600m",
            HttpMethod.Post,
            $"{Core}/pods",
            Pod("sized", Sized)
        );
        await cluster.RefusedAsync(
            403,
            "pods \"both\" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container is "
                + "500m, but limit is 1]",
            HttpMethod.Post,
            $"{Core}/pods",
            Pod("both", """{"name":"c","image":"nginx","resources":{"requests":{"cpu":"10m"},"limits":{"cpu":"1"} } }""")
        );
        await cluster.RefusedAsync(
            403,
            "persistentvolumeclaims \"big\" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi",
            HttpMethod.Post,
            $"{Core}/persistentvolumeclaims",
            """{"metadata":{"name":"big"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"2Gi"} } } }"""
        );
    }

    [Fact]
    public async Task Pod_security_refuses_pods_word_for_word()
    {
        await using var cluster = await TestCluster.StartAsync();
        await LabelAsync(cluster, "enforce", "restricted");
        await cluster.RefusedAsync(
            403,
            "pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false (containers \"a\", "
                + "\"b\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers \"a\", "
                + "\"b\" must set "
                + "securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or containers \"a\", \"b\" must set "
                + "securityContext.runAsNonRoot=true), seccompProfile (pod or containers \"a\", \"b\" must set "
                + "securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")",
            HttpMethod.Post,
            $"{Core}/pods",
            Pod("p", """{"name":"a","image":"nginx"},{"name":"b","image":"nginx"}""")
        );

        await LabelAsync(cluster, "enforce", "baseline");
        await cluster.RefusedAsync(
            403,
            "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true, hostPID=true), hostPath "
                + "volumes (volume \"root\"), hostPort (container \"a\" uses hostPort 8080), privileged (container \"a\" must not set "
                + "securityContext.privileged=true)",
            HttpMethod.Post,
            $"{Core}/pods",
            """
            {"metadata":{"name":"p"},"spec":{"hostNetwork":true,"hostPID":true,"volumes":[{"name":"root","hostPath":{"path":"/"} }],
            "containers":[{"name":"a","image":"nginx","ports":[{"containerPort":8080,"hostPort":8080}],
            "securityContext":{"privileged":true} }]} }
            """
        );
        await cluster.CreateAsync($"{Core}/pods", Pod("plain", Plain));
    }

    [Fact]
    public async Task Pod_security_warns_about_workloads()
    {
        await using var cluster = await TestCluster.StartAsync();
        await LabelAsync(cluster, "warn", "baseline");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(cluster.Fleet.ApiServer(TestCluster.Id), $"{Apps}/deployments"))
        {
            Content = new StringContent(
                $$"""{"metadata":{"name":"d"},"spec":{{Spec("d", Privileged)}} }""",
                System.Text.Encoding.UTF8,
                "application/json"
            ),
        };

        using var response = await cluster.Client.HttpClient.SendAsync(request, TestCluster.Token);

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(
            "299 - \"would violate PodSecurity \\\"baseline:latest\\\": privileged (container \\\"c\\\" must not set "
                + "securityContext.privileged=true)\"",
            Assert.Single(response.Headers.GetValues("Warning"))
        );
    }

    [Fact]
    public async Task A_pod_needs_its_priority_class()
    {
        await using var cluster = await TestCluster.StartAsync();

        await cluster.RefusedAsync(
            403,
            "pods \"p\" is forbidden: no PriorityClass with name high was found",
            HttpMethod.Post,
            $"{Core}/pods",
            """{"metadata":{"name":"p"},"spec":{"priorityClassName":"high","containers":[{"name":"c","image":"nginx"}]} }"""
        );
        await cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", """{"metadata":{"name":"high"},"value":1000}""");
        var pod = await cluster.CreateAsync(
            $"{Core}/pods",
            """{"metadata":{"name":"p"},"spec":{"priorityClassName":"high","containers":[{"name":"c","image":"nginx"}]} }"""
        );
        Assert.Equal(1000, pod.Number("spec", "priority"));
    }

    private static Task LabelAsync(TestCluster cluster, string mode, string level) =>
        cluster.PatchAsync(
            "/api/v1/namespaces/default",
            $$$"""{"metadata":{"labels":{"pod-security.kubernetes.io/{{{mode}}}":"{{{level}}}"} } }"""
        );
}
