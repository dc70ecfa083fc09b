using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>
/// The operation has change number 5. Exposures: r is ready, n is not ready, l is being deleted; others do not exist. A later request
/// changed those in capitals.
/// </summary>
public sealed class OperationOutcomeTests
{
    private static readonly Dictionary<string, RequestedExposure> Known = new()
    {
        ["r"] = new(ExposureProgress.Ready, 5),
        ["n"] = new(ExposureProgress.NotReady, 4), // of a batch that needed several commits
        ["l"] = new(ExposureProgress.Leaving, 5),
        ["R"] = new(ExposureProgress.Ready, 6),
        ["N"] = new(ExposureProgress.NotReady, 6),
        ["L"] = new(ExposureProgress.Leaving, 6),
    };

    [Theory]
    [InlineData("r", "", OperationStatus.Succeeded)]
    [InlineData("n", "", null)]
    [InlineData("r,n", "", null)]
    [InlineData("R", "", OperationStatus.Canceled)]
    [InlineData("N", "", OperationStatus.Canceled)]
    [InlineData("R,N,L,gone", "", OperationStatus.Canceled)]
    [InlineData("N,r", "", OperationStatus.Succeeded)]
    [InlineData("R,n", "", null)]
    [InlineData("L", "", OperationStatus.Canceled)]
    [InlineData("gone", "", OperationStatus.Canceled)]
    [InlineData("l,gone", "", OperationStatus.Canceled)]
    [InlineData("r,gone", "", OperationStatus.Succeeded)]
    [InlineData("n,l", "", null)]
    [InlineData("l", "l", null)]
    [InlineData("gone", "gone", OperationStatus.Succeeded)]
    [InlineData("gone,l", "gone,l", null)]
    [InlineData("r,gone", "gone", OperationStatus.Succeeded)]
    [InlineData("n,gone", "gone", null)]
    [InlineData("N", "N", OperationStatus.Succeeded)] // deleted, and created again
    [InlineData("L", "L", OperationStatus.Succeeded)] // deleted, created again, and deleted again
    [InlineData("N,gone", "gone", OperationStatus.Succeeded)]
    public void A_request_for_exposures_succeeds_when_those_not_replaced_are_ready_and_deleted_ones_gone(
        string names,
        string removed,
        OperationStatus? expected
    ) => Assert.Equal(expected, OperationOutcome.Of(Operation(names) with { Removed = Split(removed) }, Cluster(1), isReady: false, Known));

    [Theory]
    [InlineData(2L, true, OperationStatus.Succeeded)]
    [InlineData(2L, false, null)]
    [InlineData(1L, true, OperationStatus.Canceled)]
    [InlineData(null, true, OperationStatus.Succeeded)]
    [InlineData(null, false, null)]
    public void A_request_for_a_cluster_succeeds_when_it_is_ready_and_a_later_spec_cancels_it(
        long? generation,
        bool isReady,
        OperationStatus? expected
    ) => Assert.Equal(expected, OperationOutcome.Of(Operation(null) with { Generation = generation }, Cluster(2), isReady, Known));

    [Theory]
    [InlineData(null, 3L, "", OperationStatus.Succeeded)]
    [InlineData(null, 2L, "", OperationStatus.Canceled)]
    [InlineData(null, null, "", OperationStatus.Succeeded)]
    [InlineData("a,b", null, "a,b", OperationStatus.Succeeded)]
    [InlineData("a,b", null, "a", OperationStatus.Canceled)]
    [InlineData("a", null, "", OperationStatus.Canceled)]
    public void Deleting_a_cluster_cancels_all_other_requests(string? names, long? generation, string removed, OperationStatus expected) =>
        Assert.Equal(
            expected,
            OperationOutcome.OfRemoval(Operation(names) with { Generation = generation, Removed = Split(removed) }, Cluster(3))
        );

    private static OperationDocument Operation(string? names) => new("1", names is null ? null : Split(names), 5, DateTimeOffset.UnixEpoch);

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static ClusterDocument Cluster(long generation) =>
        new(
            new ClusterId("s", "g", "c"),
            new ClusterSpec { Location = "eastus2" },
            new Metadata("", "c", generation, "", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch),
            9
        );
}
