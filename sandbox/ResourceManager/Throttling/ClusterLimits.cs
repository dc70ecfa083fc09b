namespace MeshPort.Sandbox.ResourceManager.Throttling;

/// <summary>
/// The token buckets of the AKS resource provider (its documentation of quotas: quotas-skus-regions, section on throttling limits).
/// </summary>
internal static class ClusterLimits
{
    private static readonly BucketSize ClusterWrites = new(20, 1 / 60.0);
    private static readonly BucketSize ClusterReads = new(60, 1);
    private static readonly BucketSize StatusReads = new(200, 2);
    private static readonly BucketSize SubscriptionLists = new(500, 1);
    internal static readonly BucketSize Others = new(60, 1);

    /// <summary>The bucket of a request. Null when the request is not for AKS.</summary>
    public static (string Key, BucketSize Size)? Of(ArmPath path, string method)
    {
        if (
            path.Provider != ResourceTypes.ContainerService
            || path.Type.Length == 0
            || path.Type.EndsWith("register", StringComparison.OrdinalIgnoreCase)
        )
        {
            return null; // another provider's, or Resource Manager's own answer about AKS
        }

        var cluster = $"{path.Subscription}/{path.Group}/{(path.Names.Count > 0 ? path.Names[0] : "")}";
        return (method, path.Type.ToUpperInvariant()) switch
        {
            ("PUT", "MANAGEDCLUSTERS") => ($"aks/put/{cluster}", ClusterWrites),
            ("PUT", "MANAGEDCLUSTERS/AGENTPOOLS") => ($"aks/pools/{cluster}", ClusterWrites),
            ("GET", "LOCATIONS/OPERATIONS" or "LOCATIONS/OPERATIONRESULTS") => ($"aks/status/{path.Subscription}", StatusReads),
            ("GET", "MANAGEDCLUSTERS") when !path.EndsInType => ($"aks/get/{cluster}", ClusterReads),
            ("GET", "MANAGEDCLUSTERS") when path.Group is null => ($"aks/list/{path.Subscription}", SubscriptionLists),
            ("GET", "MANAGEDCLUSTERS") => ($"aks/list/{path.Subscription}/{path.Group}", ClusterReads),
            _ => ($"aks/other/{path.Subscription}", Others),
        };
    }
}
