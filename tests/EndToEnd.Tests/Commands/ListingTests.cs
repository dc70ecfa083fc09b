using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Commands;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>The columns of lists for people.</summary>
public sealed class ListingTests
{
    [Theory]
    [InlineData(1, "True", "AsDesired")]
    [InlineData(2, "Unknown", "Pending")] // the server has observed the earlier spec only
    public void A_list_tells_Ready_of_the_current_spec(int generation, string ready, string reason)
    {
        var resource = ResourceView.Of(
            JsonElement.Parse(
                $$$"""
                {"spec":{"gateway":"external","port":9000,"backends":[{"service":"s","port":1}]},
                 "metadata":{"id":"/api/subscriptions/s/resourceGroups/g/clusters/c/exposures/e","name":"e","generation":{{{generation}}}},
                 "status":{"observedGeneration":1,
                   "conditions":[{"type":"Ready","status":"True","reason":"AsDesired","message":"","observedGeneration":1}]} }
                """
            )
        );

        foreach (var columns in new[] { Listings.Clusters.Columns, Listings.Exposures.Columns })
        {
            Assert.Equal([ready, reason], Cells(columns, "READY", "REASON"));
        }

        Assert.Equal((ready, ready), (Listings.Clusters.Status(resource), Listings.Exposures.Status(resource)));

        IEnumerable<string> Cells(IReadOnlyList<Column<ResourceView>> columns, params string[] headers) =>
            columns.Where(column => headers.Contains(column.Header)).Select(column => column.Cell(resource));
    }
}
