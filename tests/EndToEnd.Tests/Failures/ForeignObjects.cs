using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Custom resources of others in the cluster.</summary>
internal static class ForeignObjects
{
    /// <summary>Creates an object of Istio or the Gateway API, and its namespace if it does not exist.</summary>
    public static async Task CreateForeignAsync(
        this IKubernetes cluster,
        string plural,
        string home,
        string name,
        string spec,
        CancellationToken cancellationToken,
        string apiVersion = "networking.istio.io/v1"
    )
    {
        await cluster.EnsureNamespaceAsync(home, cancellationToken);
        var body = new JsonObject
        {
            ["apiVersion"] = apiVersion,
            ["kind"] = Kinds[plural],
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = home },
            ["spec"] = JsonNode.Parse(spec),
        };
        await cluster.CustomObjects.CreateNamespacedCustomObjectAsync(
            body,
            apiVersion.Split('/')[0],
            apiVersion.Split('/')[1],
            home,
            plural,
            cancellationToken: cancellationToken
        );
    }

    public static Task DeleteForeignAsync(
        this IKubernetes cluster,
        string plural,
        string home,
        string name,
        CancellationToken cancellationToken,
        string apiVersion = "networking.istio.io/v1"
    ) =>
        cluster.CustomObjects.DeleteNamespacedCustomObjectAsync(
            apiVersion.Split('/')[0],
            apiVersion.Split('/')[1],
            home,
            plural,
            name,
            cancellationToken: cancellationToken
        );

    /// <summary>A plain TCP server of a Gateway that selects the pods of the add-on's external gateway.</summary>
    public static string Gateway(int port, string selector = """{"istio":"aks-istio-ingressgateway-external"}""") =>
        $$"""
            {"selector":{{selector}},"servers":[{"port":{"number":{{port}},"name":"tcp-theirs","protocol":"TCP"},"hosts":["*"]}]}
            """;

    /// <summary>Routes a port of a Gateway to a Service.</summary>
    public static string VirtualService(string gateway, int port, string host, int backend) =>
        $$$"""
            {"hosts":["*"],"gateways":["{{{gateway}}}"],"tcp":[{"match":[{"port":{{{port}}}}],
             "route":[{"destination":{"host":"{{{host}}}","port":{"number":{{{backend}}} } } }]}]}
            """;

    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["gateways"] = "Gateway",
        ["virtualservices"] = "VirtualService",
        ["destinationrules"] = "DestinationRule",
        ["serviceentries"] = "ServiceEntry",
        ["authorizationpolicies"] = "AuthorizationPolicy",
        ["envoyfilters"] = "EnvoyFilter",
        ["tcproutes"] = "TCPRoute",
        ["tlsroutes"] = "TLSRoute",
    };

    private static async Task EnsureNamespaceAsync(this IKubernetes cluster, string name, CancellationToken cancellationToken)
    {
        var namespaces = await cluster.CoreV1.ListNamespaceAsync(cancellationToken: cancellationToken);
        if (namespaces.Items.All(found => found.Name() != name))
        {
            await cluster.CoreV1.CreateNamespaceAsync(
                new V1Namespace { Metadata = new V1ObjectMeta { Name = name } },
                cancellationToken: cancellationToken
            );
        }
    }
}
