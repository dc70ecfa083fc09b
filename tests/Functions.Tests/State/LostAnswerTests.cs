using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>The client of Azure Table Storage retries when an answer is lost, and then finds its own write.</summary>
public sealed class LostAnswerTests : IDisposable
{
    private readonly TableHome _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_commit_whose_answer_was_lost_counts_as_made()
    {
        await _home
            .Open()
            .TryCommitAsync("p", [new StateChange("there", "1", StateChange.New), new StateChange("old", "1", StateChange.New)], Token);
        var version = (await _home.Open().FindAsync("p", "there", Token))?.Version ?? "";
        var loss = new LoseFirstCommit();
        var options = new TableClientOptions();
        options.AddPolicy(loss, HttpPipelinePosition.PerRetry);
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);

        var made = await _home
            .Open(options)
            .TryCommitAsync(
                "p",
                [
                    new StateChange("old", null, StateChange.Any),
                    new StateChange("there", "2", version),
                    new StateChange("new", "2", StateChange.New),
                ],
                Token
            );

        Assert.True(loss.HasLost);
        Assert.True(made);
        Assert.Equal(["new=2", "there=2"], (await _home.Open().ListAsync("p", "", null, 10, Token)).Select(row => $"{row.Key}={row.Body}"));
    }

    private sealed class LoseFirstCommit : HttpPipelinePolicy
    {
        public bool HasLost { get; private set; }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            if (!HasLost && message.Request.Uri.ToString().EndsWith("$batch", StringComparison.Ordinal))
            {
                HasLost = true;
                throw new IOException("The connection was closed.");
            }
        }
    }
}
