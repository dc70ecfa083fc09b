using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace MeshPort.EndToEnd.Tests.Contract;

/// <summary>Checks every answer against the description before the client gets it.</summary>
internal sealed class CheckedAnswers(ApiDescription description) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    public ConcurrentDictionary<string, int> Operations { get; } = new();

    public ConcurrentDictionary<string, int> Problems { get; } = new();

    public ConcurrentQueue<string> Deviations { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        var (operation, deviations) = await description.CheckAsync(answer, cancellationToken);
        foreach (var deviation in deviations)
        {
            Deviations.Enqueue(deviation);
        }

        Operations.AddOrUpdate(operation ?? "", 1, (_, count) => count + 1);
        if (answer.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            Problems.AddOrUpdate(
                JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))?["type"]?.GetValue<string>() ?? "",
                1,
                (_, count) => count + 1
            );
        }

        return answer;
    }
}
