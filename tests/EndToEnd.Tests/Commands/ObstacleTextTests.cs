using MeshPort.Host.Commands;

namespace MeshPort.EndToEnd.Tests.Commands;

public sealed class ObstacleTextTests
{
    [Fact]
    public void The_message_of_an_obstacle_is_told_once()
    {
        var obstacles = new ObstacleText();

        Assert.Equal(
            [
                "It is accepted.",
                "ClusterReady is False: The quota is exceeded.",
                "Waits for ClusterReady.",
                "Another problem.",
                "Waits for ClusterReady.",
            ],
            new[]
            {
                obstacles.Of("Accepted", "True", "It is accepted."),
                obstacles.Of("WorkloadReady", "Unknown", "ClusterReady is False: The quota is exceeded."),
                obstacles.Of("RouteProgrammed", "Unknown", "ClusterReady is False: The quota is exceeded."),
                obstacles.Of("PortOpen", "False", "Another problem."),
                obstacles.Of("Ready", "False", "ClusterReady is False: The quota is exceeded."),
            }
        );
    }

    [Fact]
    public void A_fault_that_stops_all_conditions_is_told_once()
    {
        var obstacles = new ObstacleText();

        Assert.Equal("Azure does not answer.", obstacles.Of("NetworkReady", "Unknown", "Azure does not answer."));
        Assert.Equal("Waits for NetworkReady.", obstacles.Of("ClusterReady", "Unknown", "Azure does not answer."));
        Assert.Equal("Waits for NetworkReady.", obstacles.Of("Ready", "Unknown", "NetworkReady is Unknown: Azure does not answer."));
    }
}
