using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// Why an API server may be unreachable, from the profile of its cluster. Pure. The first row that fits counts:
/// <code>
/// connection   certificate   the cluster in Azure        advice
/// kubeconfig   not trusted   -                           replace the file
/// kubeconfig   -             -                           the network path to the server of the kubeconfig
/// AKS          any           not readable                the network path
/// AKS          any           does not exist              it is gone
/// AKS          any           stopped                     start it
/// AKS          not trusted   any                         it has expired, a clock is wrong, or something intercepts TLS
/// AKS          -             private                     a path into its network, and its private DNS zone
/// AKS          -             authorized IP ranges        MeshPort's address belongs to them
/// AKS          -             public                      MeshPort's way out, or Azure
/// </code>
/// </summary>
internal static class UnreachableServer
{
    /// <param name="look">Null when Azure did not tell; only for AKS.</param>
    /// <param name="isUntrusted">Whether the server's certificate was refused.</param>
    public static string Advice(Connection connection, ClusterLook? look, bool isUntrusted) =>
        (connection.IsAks, look) switch
        {
            (false, _) when isUntrusted =>
                $"Its certificate has expired, or is not of the authority in kubeconfig {connection.Kubeconfig}. "
                    + $"Renew the certificate. If its authority has changed: {KubernetesRefusals.ReplaceFile(connection)}.",
            (false, _) => $"MeshPort needs a network path to the server of kubeconfig {connection.Kubeconfig}.",
            (true, null) => "Azure does not tell how the API server is reached. MeshPort needs a network path to it.",
            (true, { Cluster: null }) => "The cluster no longer exists in Azure.",
            (true, { Cluster: var cluster }) => OfAks(cluster["properties"], isUntrusted),
        };

    private static string OfAks(JsonNode? properties, bool isUntrusted)
    {
        var access = properties?["apiServerAccessProfile"];
        var ranges = access.Texts("authorizedIPRanges").ToList();
        return properties?["powerState"]?["code"]?.ToString() == "Stopped" ? "The cluster is stopped. Start it (az aks start)."
            : isUntrusted
                ? "MeshPort does not trust its certificate: it has expired (az aks rotate-certs), the clock of MeshPort's host is wrong, "
                    + "or something between MeshPort and the cluster intercepts TLS."
            : access?["enablePrivateCluster"]?.ToString() == "true"
                ? $"The cluster is private ({properties?["privateFQDN"] ?? "private endpoint"}). MeshPort needs a network path into its "
                    + $"virtual network, and a DNS that knows its private zone ({access["privateDNSZone"] ?? "system"})."
            : ranges.Count > 0
                ? $"The cluster accepts only its authorized IP ranges ({string.Join(", ", ranges)}). Add the address with which MeshPort "
                    + "leaves its network to access.authorizedIpRanges, or, if the spec has none, to the cluster (az aks update "
                    + "--api-server-authorized-ip-ranges)."
            : "The cluster is public and has no authorized IP ranges. Look at firewall and DNS on MeshPort's side, and at the cluster's "
                + "health in Azure.";
    }
}

/// <param name="Cluster">As Azure Resource Manager shows it; null when it does not exist.</param>
internal sealed record ClusterLook(JsonObject? Cluster);
