using System.Text.Json;
using Azure.Storage.Queues.Models;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Queues;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Runs a listener for each function with a <c>[QueueTrigger]</c>.</summary>
internal sealed class QueueTriggers(
    IReadOnlyList<FunctionEntry> entries,
    QueueConnections connections,
    EmbeddedQueues embedded,
    QueueOptions options,
    FunctionRunner runner,
    IConfiguration settings,
    IOptions<JsonSerializerOptions> json,
    TimeProvider time,
    ILogger<QueueListener> logger
) : IAsyncDisposable
{
    private readonly List<QueueListener> _listeners = [];
    private readonly List<QueueListener> _embeddedListeners = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
        {
            if (entry.Trigger is QueueTriggerAttribute trigger)
            {
                await AddAsync(entry, trigger, cancellationToken);
            }
        }

        embedded.MessageVisible += Notify;
        _listeners.ForEach(listener => listener.Start());
    }

    /// <summary>Stops receiving, cancels the running functions and waits for them.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        embedded.MessageVisible -= Notify;
        await Task.WhenAll(_listeners.Select(listener => listener.StopAsync(cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }
    }

    private async Task AddAsync(FunctionEntry entry, QueueTriggerAttribute trigger, CancellationToken cancellationToken)
    {
        var isEmbedded = connections.IsEmbedded(trigger.Connection);
        var service = await connections.OpenAsync(trigger.Connection, cancellationToken);
        var name = QueueBindingNames.QueueName(trigger.QueueName, settings);
        var listener = new QueueListener(
            service,
            name,
            options,
            (message, token) => RunAsync(entry, message, token),
            isEmbedded ? time : TimeProvider.System,
            logger
        );
        _listeners.Add(listener);
        if (isEmbedded)
        {
            _embeddedListeners.Add(listener);
        }
    }

    private void Notify(string queue)
    {
        foreach (var listener in _embeddedListeners)
        {
            if (listener.QueueName == queue)
            {
                listener.Notify();
            }
        }
    }

    private Task<object?> RunAsync(FunctionEntry entry, QueueMessage message, CancellationToken cancellationToken)
    {
        var data = QueueMessageBinding.BindingData(message);
        return runner.RunAsync(
            entry,
            data,
            parameter =>
                parameter == entry.TriggerParameter
                    ? QueueMessageBinding.Convert(message, parameter.ParameterType, json.Value)
                    : ParameterData.Bind(parameter, data, json.Value),
            cancellationToken
        );
    }
}
