using System.Text.Json;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MeshPort.Runtime.Triggers;

/// <summary>Sends a function's result to its outputs. A failed output fails the function (functions-api A8).</summary>
internal sealed class FunctionOutputs(
    QueueConnections connections,
    QueueOptions queues,
    IConfiguration settings,
    IOptions<JsonSerializerOptions> json
)
{
    /// <returns>The value for the trigger: the HTTP response, or the whole result when the function has no outputs.</returns>
    public async Task<object?> SendAsync(FunctionEntry entry, object? returned, CancellationToken cancellationToken)
    {
        var shape = ResultShape.Of(entry.Method);
        foreach (var output in shape.Whole.OfType<QueueOutputAttribute>())
        {
            await SendAsync(output, returned, cancellationToken);
        }

        foreach (var (property, output) in shape.Parts)
        {
            if (output is QueueOutputAttribute queue && returned is not null)
            {
                await SendAsync(queue, property.GetValue(returned), cancellationToken);
            }
        }

        return shape.HttpAnswer is { } answer
            ? returned is null
                ? null
                : answer.GetValue(returned)
            : shape.HasOutputs
                ? null
                : returned;
    }

    private async Task SendAsync(QueueOutputAttribute output, object? value, CancellationToken cancellationToken)
    {
        var bodies = QueueOutputMessages.From(value, json.Value);
        if (bodies.Count == 0)
        {
            return;
        }

        var service = await connections.OpenAsync(output.Connection, cancellationToken);
        var queue = service.GetQueueClient(QueueBindingNames.QueueName(output.QueueName, settings));
        foreach (var body in bodies)
        {
            await queue.SendAsync(QueueMessageText.Encode(body, queues.MessageEncoding), cancellationToken);
        }
    }
}
