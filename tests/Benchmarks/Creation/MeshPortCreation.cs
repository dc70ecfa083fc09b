using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MeshPort.Host.Hosting;
using MeshPort.Sandbox;

namespace MeshPort.Benchmarks.Creation;

/// <summary>Creates the target environment with MeshPort, in two requests.</summary>
internal static class MeshPortCreation
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    /// <returns>The simulated time from the first request until the last condition turned True.</returns>
    public static async Task<TimeSpan> RunAsync(AzureSandbox azure)
    {
        using var directory = new BenchDirectory();
        var settings = MeshPortSettings.For(azure).With(MeshPortSettings.DataDirectory, directory.Path);
        await using var functions = await FunctionsHost.StartAsync(
            directory.Path,
            0,
            azure.Clock,
            settings,
            ErrorLog.Quiet,
            CancellationToken.None
        );
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = functions.Address };
        var path = CreationTarget.Cluster.Path;
        var began = azure.Clock.GetUtcNow();
        using var cluster = await client.PutAsJsonAsync(path, new { spec = CreationTarget.ClusterSpec });
        cluster.EnsureSuccessStatusCode();
        using var batch = await client.PostAsJsonAsync($"{path}/exposures", new { put = CreationTarget.ExposureItems });
        batch.EnsureSuccessStatusCode();
        JsonElement[] found = [];
        await Wait.UntilAsync(
            "everything is Ready",
            Within,
            async () =>
                (found = await LookAsync(client, path)).All(resource => Ready(resource).GetProperty("status").GetString() == "True"),
            CancellationToken.None
        );
        var operation = await client.GetFromJsonAsync<JsonElement>(cluster.Headers.Location);
        Console.WriteLine(
            $"  steps: {string.Join(", ", operation.GetProperty("steps").EnumerateArray().Select(step => Describe(step, began)))}"
        );
        return found.Max(resource => Ready(resource).GetProperty("since").GetDateTimeOffset()) - began;
    }

    private static string Describe(JsonElement step, DateTimeOffset began)
    {
        var (start, end) = (Seconds(step, "startedAt", began), Seconds(step, "endedAt", began));
        return string.Create(CultureInfo.InvariantCulture, $"{step.GetProperty("name").GetString()} {start:0}-{end:0} s");
    }

    private static double Seconds(JsonElement step, string name, DateTimeOffset began) =>
        (step.GetProperty(name).GetDateTimeOffset() - began).TotalSeconds;

    private static async Task<JsonElement[]> LookAsync(HttpClient client, string path) =>
        [
            await client.GetFromJsonAsync<JsonElement>(path),
            .. (await client.GetFromJsonAsync<JsonElement>($"{path}/exposures")).GetProperty("value").EnumerateArray(),
        ];

    private static JsonElement Ready(JsonElement resource) =>
        resource
            .GetProperty("status")
            .GetProperty("conditions")
            .EnumerateArray()
            .Single(condition => condition.GetProperty("type").GetString() == "Ready");
}
