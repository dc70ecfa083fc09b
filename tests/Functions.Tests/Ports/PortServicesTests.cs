using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using Xunit;

namespace MeshPort.Functions.Tests.Ports;

/// <summary>The table of <see cref="PortServices"/>: an idle resync reads no events.</summary>
public sealed class PortServicesTests
{
    private const string AddOn = "aks-istio-ingressgateway-external";

    [Theory]
    [InlineData(false, null, 9000, true)]
    [InlineData(false, null, 9001, true)]
    [InlineData(false, "20.0.0.1", 9000, true)]
    [InlineData(false, "20.0.0.1", 9001, false)]
    [InlineData(true, null, 9000, false)]
    [InlineData(true, "20.0.0.1", 9000, false)]
    public void Events_are_read_only_where_an_exposure_waits(bool isReady, string? address, int port, bool isRead)
    {
        var target = new ObjectRef(ObjectKind.Service, "aks-istio-ingress", AddOn);

        var waiting = PortServices.Waiting(Spec, [Exposure(isReady)], Objects(target, address, port));

        Assert.Equal(isRead ? [target] : [], waiting);
    }

    [Fact]
    public void A_Service_of_others_is_not_looked_at() =>
        Assert.Empty(
            PortServices.Waiting(Spec, [Exposure(isReady: false)], Objects(new ObjectRef(ObjectKind.Service, "theirs", "web"), null, 9000))
        );

    private static ClusterSpec Spec => new() { Location = "eastus2" };

    private static NamedExposure Exposure(bool isReady) =>
        new("echo", 1, new ExposureSpec { Port = 9000, Backends = [] })
        {
            Status = isReady
                ? new ResourceStatus().With(ConditionTypes.Ready, Observation.True(Reasons.AsDesired, ""), 1, DateTimeOffset.UnixEpoch)
                : new ResourceStatus(),
        };

    private static ClusterObjects Objects(ObjectRef target, string? address, int port) =>
        new()
        {
            Services = new Dictionary<ObjectRef, JsonObject>
            {
                [target] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["name"] = target.Name, ["namespace"] = target.Namespace },
                    ["spec"] = new JsonObject { ["type"] = "LoadBalancer", ["ports"] = new JsonArray(new JsonObject { ["port"] = port }) },
                    ["status"] = new JsonObject
                    {
                        ["loadBalancer"] = address is null
                            ? []
                            : new JsonObject { ["ingress"] = new JsonArray(new JsonObject { ["ip"] = address }) },
                    },
                },
            },
        };
}
