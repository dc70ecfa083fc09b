namespace MeshPort.Kubernetes;

/// <summary>
/// How long MeshPort keeps a kubeconfig, pure. AKS gives a subscription one kubeconfig a second, and 60 at once (its documentation of
/// quotas, "all other APIs"). With ten minutes for each, 600 clusters would use that up (docs/adr/0025-resync-and-scale.md).
/// <code>
/// kubeconfig                                        | kept
/// --------------------------------------------------+-----------------------------------------------------------
/// with a credential: a local account, or a file     | ten minutes, so that a new or a revoked credential counts soon
/// with the address and the authority of the server  | three to six hours, so that clusters do not ask together
/// </code>
/// A server that refuses a token, or that cannot be reached, ends it earlier.
/// </summary>
internal static class KubeconfigLifetime
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(6);

    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan Of(bool hasCredential, double chance) => hasCredential ? Shortest : Longest * (1 - (chance / 2));
}
