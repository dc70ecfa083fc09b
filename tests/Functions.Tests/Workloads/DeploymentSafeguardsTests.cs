using MeshPort.Model;
using MeshPort.Workloads;
using Xunit;

namespace MeshPort.Functions.Tests.Workloads;

public sealed class DeploymentSafeguardsTests
{
    private static readonly ClusterSpec Automatic = new() { Location = "eastus2", Sku = ClusterSku.Automatic };
    private static readonly WorkloadSpec Echo = new() { Image = "istio/tcp-echo-server:1.1", ContainerPort = 9000 };

    [Fact]
    public void A_workload_without_probes_gets_those_that_AKS_Automatic_demands()
    {
        var own = new ContainerProbe { TcpSocket = new TcpCheck(9001) };

        var written = DeploymentSafeguards.Apply(Echo with { LivenessProbe = own }, Automatic);

        Assert.Equal(9000, written.ReadinessProbe?.TcpSocket?.Port);
        Assert.Equal(own, written.LivenessProbe);
        Assert.Null(written.StartupProbe);
        Assert.Null(written.Resources);
        Assert.Equal(Echo, DeploymentSafeguards.Apply(Echo, Automatic with { Sku = ClusterSku.Base }));
    }

    [Fact]
    public void A_slow_start_is_no_reason_for_a_restart()
    {
        var own = new ContainerProbe { TcpSocket = new TcpCheck(9001) };

        var startup = DeploymentSafeguards.Apply(Echo, Automatic).StartupProbe;

        Assert.Equal((9000, 30), (startup?.TcpSocket?.Port, startup?.FailureThreshold));
        Assert.Equal(own, DeploymentSafeguards.Apply(Echo with { StartupProbe = own }, Automatic).StartupProbe);
    }

    [Theory]
    [InlineData("cpu", "50m", null, "100m", "100m")]
    [InlineData("cpu", null, "1", "1", "1")]
    [InlineData("cpu", "250m", "500m", "250m", "500m")]
    [InlineData("cpu", "2", "1", "1", "1")]
    [InlineData("memory", "64Mi", null, "100Mi", null)]
    [InlineData("memory", null, "64Mi", null, "100Mi")]
    [InlineData("memory", "1Gi", "512Mi", "512Mi", "512Mi")]
    [InlineData("ephemeral-storage", "1Mi", null, "1Mi", null)]
    public void Amounts_are_written_as_AKS_Automatic_would_change_them(
        string resource,
        string? request,
        string? limit,
        string? writtenRequest,
        string? writtenLimit
    )
    {
        var resources = new ResourceRequirements(Amount(resource, request), Amount(resource, limit));

        var written = DeploymentSafeguards.Apply(Echo with { Resources = resources }, Automatic).Resources;

        Assert.Equal(writtenRequest, written?.Requests.GetValueOrDefault(resource));
        Assert.Equal(writtenLimit, written?.Limits.GetValueOrDefault(resource));
    }

    private static Dictionary<string, string> Amount(string resource, string? amount) =>
        amount is null ? [] : new() { [resource] = amount };
}
