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

        var bodies = batches.ConvertAll(batch => batch.Body);
        Assert.Equal(counts, bodies.Select(body => Items(body, "put").Count + Items(body, "delete").Count));
        Assert.All(bodies, body => Assert.InRange(Encoding.UTF8.GetByteCount(body.ToJsonString()), 1, LargestRequest));
        Assert.Equal(put, bodies.SelectMany(body => Items(body, "put")).Select(item => $"{item!["name"]}").Distinct().Count());
        Assert.Equal(removed, bodies.SelectMany(body => Items(body, "delete")).Select(name => $"{name}").Distinct().Count());
    }

    [Theory]
    [InlineData("/put/0/spec/port", "/exposures/7/spec/port")]
    [InlineData("/put/0", "/exposures/7")]
    [InlineData("/delete/0", "/exposures")]
    [InlineData("", "/exposures")]
    public void An_error_of_a_batch_has_its_place_in_the_file(string inBody, string inFile) =>
        Assert.Equal(inFile, new ExposureBatch(["gone"], [new DesiredExposure("one", default, "/exposures/7")]).PointerOf(inBody));

    private static JsonArray Items(JsonObject batch, string field) => Assert.IsType<JsonArray>(batch[field]);
}
