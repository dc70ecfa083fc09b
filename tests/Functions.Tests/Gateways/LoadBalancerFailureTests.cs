using k8s.Models;
using MeshPort.Gateways;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

/// <summary>The rows of the table in <see cref="LoadBalancerFailure"/>, and its advice.</summary>
public sealed class LoadBalancerFailureTests
{
    [Theory]
    [InlineData("SyncLoadBalancerFailed@1", "SyncLoadBalancerFailed@1")]
    [InlineData("SyncLoadBalancerFailed@1 EnsuredLoadBalancer@2", null)]
    [InlineData("EnsuredLoadBalancer@1 SyncLoadBalancerFailed@2 EnsuringLoadBalancer@3", "SyncLoadBalancerFailed@2")]
    [InlineData("UpdateLoadBalancerFailed@1 UpdatedLoadBalancer@2", null)]
    [InlineData("FailedToUpdateEndpoint@1", null)]
    [InlineData("", null)]
    public void The_last_attempt_decides(string events, string? failure) =>
        Assert.Equal(failure, LoadBalancerFailure.Of(events.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Event)));

    [Theory]
    [InlineData("""Code="LinkedAuthorizationFailed" no join""", "give it Network Contributor")]
    [InlineData("""{"error":{"code":"PublicIPCountLimitReached"}}""", "delete unused ones")]
    [InlineData("""{"error":{"code":"ScopeLocked"}}""", "az lock delete")]
    [InlineData("""{"error":{"code":"RequestDisallowedByPolicy"}}""", "exemption")]
    [InlineData("""{"error":{"code":"SubnetIsFull"}}""", "larger subnet")]
    [InlineData("cannot have more than 299 NAT or load balancing rules combined", "ports of other load balancer Services")]
    [InlineData("timed out waiting for the condition", "The cluster says: timed out")]
    public void The_advice_follows_Azures_code(string words, string advice)
    {
        var text = LoadBalancerFailure.Explain(words);

        Assert.Contains(advice, text, StringComparison.Ordinal);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    private static Corev1Event Event(string text)
    {
        var (reason, second) = (text.Split('@')[0], int.Parse(text.Split('@')[1], System.Globalization.CultureInfo.InvariantCulture));
        return new Corev1Event
        {
            Reason = reason,
            Message = text,
            Type = reason.Contains("Failed", StringComparison.Ordinal) ? "Warning" : "Normal",
            LastTimestamp = DateTime.UnixEpoch.AddSeconds(second),
            Metadata = new V1ObjectMeta(),
        };
    }
}
