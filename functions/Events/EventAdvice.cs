namespace MeshPort.Events;

/// <summary>Turns events of AKS into advice for people, pure. Source: "Azure Kubernetes Service as an Event Grid source".</summary>
internal static class EventAdvice
{
    /// <returns>Null for an event without advice.</returns>
    public static string? For(AzureEvent happened) =>
        happened.Name switch
        {
            "NewKubernetesVersionAvailable" =>
                $"Kubernetes {Newest(happened)} is available. Read its release notes and those of the mesh, then upgrade (az aks upgrade).",
            "ClusterSupportEnding" =>
                $"Support for Kubernetes {Version(happened)} ends soon. Plan the upgrade (az aks get-upgrades, az aks upgrade). "
                    + "Upgrade the mesh first if its revision does not support the new version.",
            "ClusterSupportEnded" =>
                $"Support for Kubernetes {Version(happened)} has ended. Upgrade now (az aks get-upgrades, az aks upgrade).",
            "NodePoolRollingStarted" => $"AKS is replacing the nodes of pool {Pool(happened)}. "
                + "Connections through a node break when AKS removes it. No action is needed.",
            "NodePoolRollingSucceeded" => $"AKS has replaced all nodes of pool {Pool(happened)}. No action is needed.",
            "NodePoolRollingFailed" => $"AKS failed to replace the nodes of pool {Pool(happened)}. Check the activity log of the cluster "
                + "and PodDisruptionBudgets that allow no eviction, then repeat the upgrade (az aks nodepool upgrade).",
            _ => null,
        };

    private static string Newest(AzureEvent happened) =>
        happened.Detail("latestStableKubernetesVersion") ?? happened.Detail("latestSupportedKubernetesVersion") ?? "in a newer version";

    private static string Version(AzureEvent happened) => happened.Detail("kubernetesVersion") ?? "in the current version";

    private static string Pool(AzureEvent happened) => happened.Detail("nodePoolName") ?? "(without a name)";
}
