using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Environments;
using MeshPort.Host.Progress;

namespace MeshPort.EndToEnd.Tests.Commands;

public sealed class ExposureBatchesTests
{
    private const int LargestRequest = 1024 * 1024;

    [Theory]
    [InlineData(0, 0, 10, new int[0])]
    [InlineData(1, 0, 10, new[] { 1 })]
    [InlineData(0, 2_500, 10, new[] { 1_000, 1_000, 500 })]
    [InlineData(700, 700, 10, new[] { 1_000, 400 })]
    [InlineData(100, 0, 30_000, new[] { 30, 30, 30, 10 })] // as many as fit in a body
    public void Batches_keep_the_limits_of_the_API_and_lose_nothing(int put, int removed, int size, int[] counts)
    {
        var filler = JsonSerializer.SerializeToElement(new { port = 9000, filler = new string('x', size) });
        var environment = Walkthrough.Environment with
        {
            Exposures = [.. Enumerable.Range(0, put).Select(index => new DesiredExposure($"wanted-{index}", filler))],
        };

        var batches = ExposureBatches.Of(environment, Enumerable.Range(0, removed).Select(index => $"removed-{index}")).ToList();

        Assert.Equal(counts, batches.Select(batch => Items(batch, "put").Count + Items(batch, "delete").Count));
        Assert.All(batches, batch => Assert.InRange(Encoding.UTF8.GetByteCount(batch.ToJsonString()), 1, LargestRequest));
        Assert.Equal(put, batches.SelectMany(batch => Items(batch, "put")).Select(item => $"{item!["name"]}").Distinct().Count());
        Assert.Equal(removed, batches.SelectMany(batch => Items(batch, "delete")).Select(name => $"{name}").Distinct().Count());
    }

    private static JsonArray Items(JsonObject batch, string field) => Assert.IsType<JsonArray>(batch[field]);
}
