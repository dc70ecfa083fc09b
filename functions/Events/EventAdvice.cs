namespace MeshPort.Events;

/// <summary>What AKS tells of a cluster, and what a person should do about it, pure. Source: Azure Kubernetes Service as an Event Grid source.</summary>
internal static class EventAdvice
{
    /// <returns>Null for an event that is nothing to tell.</returns>
    public static string? For(AzureEvent happened) =>
        happened.Name switch
        {
            "NewKubernetesVersionAvailable" =>
                $"Kubernetes {happened.Detail("latestStableKubernetesVersion") ?? happened.Detail("latestSupportedKubernetesVersion") ?? "in a newer version"} is available; read its notes and the mesh's, then upgrade with az aks upgrade.",
            "ClusterSupportEnding" =>
                $"Support for Kubernetes {Version(happened)} ends soon; plan the upgrade (az aks get-upgrades, az aks upgrade), the mesh's first where its revision does not fit the new version.",
            "ClusterSupportEnded" =>
                $"Support for Kubernetes {Version(happened)} has ended; upgrade now (az aks get-upgrades, az aks upgrade).",
            "NodePoolRollingStarted" =>
                $"Node pool {Pool(happened)} is being replaced node by node; connections through a node break when it goes. Nothing is to be done.",
            "NodePoolRollingSucceeded" => $"All nodes of pool {Pool(happened)} have been replaced. Nothing is to be done.",
            "NodePoolRollingFailed" =>
                $"The replacement of the nodes of pool {Pool(happened)} has failed; look at the cluster's activity log and at PodDisruptionBudgets that allow no eviction, then repeat it (az aks nodepool upgrade).",
            _ => null,
        };

    private static string Version(AzureEvent happened) => happened.Detail("kubernetesVersion") ?? "as it runs";

    private static string Pool(AzureEvent happened) => happened.Detail("nodePoolName") ?? "(without a name)";
}
