using k8s.Models;
using MeshPort.Arm;

namespace MeshPort.Gateways;

/// <summary>Why a cluster cannot make or change the load balancer of a Service, from the Service's events. Pure.</summary>
internal static class LoadBalancerFailure
{
    /// <summary>
    /// The cluster's last attempt decides:
    /// <code>
    /// newest event about the load balancer        failure
    /// a warning, such as SyncLoadBalancerFailed   its message
    /// EnsuredLoadBalancer, UpdatedLoadBalancer    none
    /// none                                        none
    /// </code>
    /// Other warnings about a Service, such as those of its endpoints, do not count.
    /// </summary>
    public static string? Of(IEnumerable<Corev1Event> events)
    {
        var ours = events.Where(found => found.Reason?.Contains("LoadBalancer", StringComparison.Ordinal) == true).ToList();
        var failed = ours.Where(found => found.Type == "Warning").MaxBy(At);
        var done = ours.Where(found => found.Reason is "EnsuredLoadBalancer" or "UpdatedLoadBalancer").MaxBy(At);
        return failed is not null && (done is null || At(failed) > At(done)) ? failed.Message : null;
    }

    /// <param name="words">The cluster's message.</param>
    public static string Explain(string words) =>
        words.Contains("AuthorizationFailed", StringComparison.Ordinal) // LinkedAuthorizationFailed too
        && !words.Contains("DenyAssignment", StringComparison.Ordinal)
            ? $"The cluster's identity may not use {Scope(words)}; "
                + $"an assignment may take five minutes to work. The cluster says: {words}"
        : words.Contains("load balancing rules combined", StringComparison.Ordinal)
            ? "The nodes have no room for more rules: delete exposures, or ports of other load balancer Services. "
                + $"The cluster tries again. The cluster says: {words}"
        : ArmRefusals.OfText(words) is { } meaning ? $"{meaning.Text} The cluster tries again."
        : $"The cluster says: {words}";

    private static string Scope(string words) =>
        words.Contains("publicIPAddresses", StringComparison.OrdinalIgnoreCase)
            ? $"the public IP address: give it {NetworkRole.Name} on its resource group"
            : $"the subnet: give it {NetworkRole.Name} there";

    private static DateTime? At(Corev1Event found) => found.LastTimestamp ?? found.EventTime ?? found.Metadata.CreationTimestamp;
}
