using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// Sends due deliveries: serially to each subscription, in parallel across subscriptions (Learn, delivery-and-retry). An event leaves the
/// queue only after it was accepted, so a killed process sends it again. The wait for an answer uses real time, as sockets do.
/// </summary>
internal sealed class DeliveryWorker(
    SandboxWorld world,
    EventSubscriptionStore subscriptions,
    DeliveryQueue queue,
    DeliverySwitches switches,
    DeliveryTokens tokens,
    HttpMessageInvoker http
)
{
    private const double Jitter = 0.1; // a fraction of the waiting time
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, bool> _busy = new(StringComparer.OrdinalIgnoreCase);

    private readonly List<Task> _serving = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                // Taken before the queue is read: a delivery that completes in between is still in the list.
                var busy = _busy.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
                var waiting = switches.IsHeld ? [] : queue.Waiting.Where(delivery => !busy.Contains(delivery.Subscription)).ToList();
                var now = world.Clock.GetUtcNow();
                _serving.RemoveAll(task => task.IsCompleted);
                foreach (
                    var due in waiting
                        .Where(delivery => delivery.Due <= now)
                        .GroupBy(delivery => delivery.Subscription, StringComparer.OrdinalIgnoreCase)
                        .ToList()
                )
                {
                    _busy[due.Key] = true;
                    _serving.Add(Task.Run(() => ServeAsync(due.Key, [.. switches.Order(due)], cancellationToken), CancellationToken.None));
                }

                await queue.WaitAsync(
                    waiting.Where(delivery => delivery.Due > now).Select(delivery => (DateTimeOffset?)delivery.Due).Min(),
                    cancellationToken
                );
            }
        }
        finally
        {
            await Task.WhenAll(_serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(string id, List<QueuedDelivery> due, CancellationToken cancellationToken)
    {
        try
        {
            while (due.Count > 0 && !switches.IsHeld)
            {
                if (subscriptions.Find(id) is not { } subscription)
                {
                    due.ForEach(queue.Remove); // the subscription no longer exists
                    return;
                }

                var batch = TakeBatch(due, subscription);
                if (batch.Count > 0)
                {
                    await DeliverAsync(subscription, batch, cancellationToken);
                }
            }
        }
        finally
        {
            _busy.TryRemove(id, out _);
            queue.Wake();
        }
    }

    /// <summary>The next events, up to the limit of one request. Expired events become dead letters.</summary>
    private List<QueuedDelivery> TakeBatch(List<QueuedDelivery> due, EventSubscription subscription)
    {
        var batch = new List<QueuedDelivery>();
        var bytes = 0;
        while (due.Count > 0 && batch.Count < subscription.MaxEventsPerBatch)
        {
            var next = due[0];
            if (next.Published + subscription.TimeToLive <= world.Clock.GetUtcNow())
            {
                queue.GiveUp(next, subscription, "TimeToLiveExceeded");
                due.RemoveAt(0);
                continue;
            }

            bytes += Encoding.UTF8.GetByteCount(next.Payload.ToJsonString());
            if (batch.Count > 0 && (bytes > subscription.PreferredBatchBytes || next.Attempts != batch[0].Attempts))
            {
                break;
            }

            batch.Add(next);
            due.RemoveAt(0);
        }

        return batch;
    }

    private async Task DeliverAsync(EventSubscription subscription, List<QueuedDelivery> batch, CancellationToken cancellationToken)
    {
        var status = await SendAsync(subscription, batch, cancellationToken);
        if (status is { } answered && RetrySchedule.IsSuccess(answered))
        {
            if (switches.TakeDuplicate())
            {
                await SendAsync(subscription, batch, cancellationToken);
            }

            batch.ForEach(queue.Remove);
            return;
        }

        foreach (var delivery in batch)
        {
            Postpone(subscription, delivery, status);
        }
    }

    private void Postpone(EventSubscription subscription, QueuedDelivery delivery, HttpStatusCode? status)
    {
        var now = world.Clock.GetUtcNow();
        var code = (int?)status;
        var failed = delivery with
        {
            Attempts = delivery.Attempts + 1,
            LastStatus = code,
            LastOutcome = status?.ToString() ?? "SocketError",
            LastAttempt = now,
        };
        if (RetrySchedule.IsFinal(code))
        {
            queue.GiveUp(failed, subscription, "UndeliverableDueToClientError");
        }
        else if (failed.Attempts >= subscription.MaxDeliveryAttempts)
        {
            queue.GiveUp(failed, subscription, "MaxDeliveryAttemptsExceeded");
        }
        else
        {
            var wait = RetrySchedule.After(failed.Attempts, code);
            var retry = now + wait + (wait * (Jitter * world.Ids.NextFraction($"delivery/{failed.Subscription}")));
            var end = failed.Published + subscription.TimeToLive;
            queue.Put(failed with { Due = retry < end ? retry : end });
        }
    }

    /// <returns>Null when no answer arrived in time.</returns>
    private async Task<HttpStatusCode?> SendAsync(
        EventSubscription subscription,
        IReadOnlyList<QueuedDelivery> batch,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerTimeout);
        try
        {
            using var request = Request(subscription, batch);
            using var response = await http.SendAsync(request, deadline.Token);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HttpStatusCode.RequestTimeout;
        }
    }

    /// <summary>The Event Grid schema is always an array. CloudEvents are one bare event, or an array in batched mode.</summary>
    private HttpRequestMessage Request(EventSubscription subscription, IReadOnlyList<QueuedDelivery> batch)
    {
        var isBatched = subscription.MaxEventsPerBatch > 1;
        JsonNode body =
            subscription.IsCloudEvents && !isBatched
                ? batch[0].Payload
                : new JsonArray([.. batch.Select(delivery => delivery.Payload.DeepClone())]);
        var type = (subscription.IsCloudEvents, isBatched) switch
        {
            (true, true) => "application/cloudevents-batch+json",
            (true, false) => "application/cloudevents+json",
            _ => "application/json",
        };
        var request = new HttpRequestMessage(HttpMethod.Post, subscription.Endpoint)
        {
            Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue(type, "utf-8")),
        };
        request.Headers.Authorization = tokens.For(subscription);
        request.Headers.Add("aeg-event-type", "Notification");
        request.Headers.Add("aeg-subscription-name", subscription.Name.ToUpperInvariant());
        request.Headers.Add("aeg-delivery-count", batch[0].Attempts.ToString(CultureInfo.InvariantCulture)); // the first is 0
        if (subscription.IsCloudEvents)
        {
            request.Headers.Add("Origin", EndpointConsent.Origin);
        }
        else
        {
            request.Headers.Add("aeg-data-version", batch[0].Payload.Text("dataVersion"));
            request.Headers.Add("aeg-metadata-version", batch[0].Payload.Text("metadataVersion"));
        }

        return request;
    }
}
