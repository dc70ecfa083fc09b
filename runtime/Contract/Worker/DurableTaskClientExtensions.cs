using System.Net;
using MeshPort.Runtime.Contract.DurableTask.Client;
using MeshPort.Runtime.Contract.Worker.Http;

namespace MeshPort.Runtime.Contract.Worker;

/// <summary>Answers that tell the caller where to watch an instance (functions-api A6).</summary>
public static class DurableTaskClientExtensions
{
    private const string Instances = "/runtime/webhooks/durabletask/instances/";
    private const string Reason = "reason={{text}}"; // two braces on each side: so the official extension writes it

    /// <summary>Polls until the instance has finished, and answers with what it is then; answers with where to watch it when the token is cancelled.</summary>
    /// <param name="retryInterval">1 s when null.</param>
    /// <param name="returnInternalServerErrorOnFailure">500 instead of 200 for a failed instance.</param>
    public static async Task<HttpResponseData> WaitForCompletionOrCreateCheckStatusResponseAsync(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        TimeSpan? retryInterval = null,
        bool returnInternalServerErrorOnFailure = false,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            while (true)
            {
                if (await client.GetInstanceAsync(instanceId, getInputsAndOutputs, cancellation) is { IsCompleted: true } instance)
                {
                    return await FinishedAsync(request, instance, returnInternalServerErrorOnFailure, cancellation);
                }

                await Task.Delay(retryInterval ?? TimeSpan.FromSeconds(1), cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            return await client.CreateCheckStatusResponseAsync(request, instanceId, CancellationToken.None);
        }
    }

    /// <summary>202 with the instance's addresses.</summary>
    public static Task<HttpResponseData> CreateCheckStatusResponseAsync(this DurableTaskClient client, HttpRequestData request, string instanceId, CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponseAsync(request, instanceId, HttpStatusCode.Accepted, cancellation);

    /// <inheritdoc cref="CreateCheckStatusResponseAsync(DurableTaskClient, HttpRequestData, string, CancellationToken)"/>
    public static async Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode statusCode, CancellationToken cancellation = default)
    {
        var (response, payload) = Begin(client, request, instanceId, statusCode);
        await WorkerSerializer.Of(response.FunctionContext).SerializeAsync(response.Body, payload, typeof(HttpManagementPayload), cancellation);
        return response;
    }

    /// <inheritdoc cref="CreateCheckStatusResponseAsync(DurableTaskClient, HttpRequestData, string, CancellationToken)"/>
    /// <exception cref="InvalidOperationException">The server refuses writes that hold a thread, as it does by default.</exception>
    public static HttpResponseData CreateCheckStatusResponse(this DurableTaskClient client, HttpRequestData request, string instanceId, CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponse(request, instanceId, HttpStatusCode.Accepted, cancellation);

    /// <inheritdoc cref="CreateCheckStatusResponse(DurableTaskClient, HttpRequestData, string, CancellationToken)"/>
    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode statusCode, CancellationToken cancellation = default)
    {
        var (response, payload) = Begin(client, request, instanceId, statusCode);
        WorkerSerializer.Of(response.FunctionContext).Serialize(response.Body, payload, typeof(HttpManagementPayload), cancellation);
        return response;
    }

    /// <param name="request">Gives scheme and authority of the addresses; the host's own when null.</param>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    /// <exception cref="InvalidOperationException">There is no request, and the client does not know the host's address.</exception>
    public static HttpManagementPayload CreateHttpManagementPayload(this DurableTaskClient client, string instanceId, HttpRequestData? request = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var host = HostAddress.Of(client, request) ?? throw new InvalidOperationException("The address of the host is not known here. Pass the request.");
        var instance = host + Instances + Uri.EscapeDataString(instanceId);
        var key = (client as IHostAddress)?.HostQuery ?? "";
        return new HttpManagementPayload
        {
            Id = instanceId,
            StatusQueryGetUri = Url(""),
            SendEventPostUri = Url("/raiseEvent/{eventName}"),
            TerminatePostUri = Url("/terminate", Reason),
            PurgeHistoryDeleteUri = Url(""),
            SuspendPostUri = Url("/suspend", Reason),
            ResumePostUri = Url("/resume", Reason),
        };

        string Url(string action, string query = "")
        {
            var parameters = string.Join('&', new[] { query, key }.Where(part => part.Length > 0));
            return $"{instance}{action}{(parameters.Length > 0 ? "?" : "")}{parameters}";
        }
    }

    private static (HttpResponseData Response, HttpManagementPayload Payload) Begin(DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode status)
    {
        ArgumentNullException.ThrowIfNull(request);
        var payload = client.CreateHttpManagementPayload(instanceId, request);
        var response = request.CreateResponse(status);
        response.Headers.Add("Location", payload.StatusQueryGetUri);
        response.Headers.Add("Content-Type", "application/json");
        return (response, payload);
    }

    private static async Task<HttpResponseData> FinishedAsync(HttpRequestData request, OrchestrationMetadata instance, bool failureIsError, CancellationToken cancellation)
    {
        var response = request.CreateResponse(instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed && failureIsError ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        await response.WriteAsJsonAsync(
            new
            {
                instance.Name,
                instance.InstanceId,
                instance.CreatedAt,
                instance.LastUpdatedAt,
                RuntimeStatus = instance.RuntimeStatus.ToString(),
                instance.SerializedInput,
                instance.SerializedOutput,
                instance.SerializedCustomStatus,
            },
            cancellation);
        return response;
    }
}
