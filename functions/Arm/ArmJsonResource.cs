using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;

namespace MeshPort.Arm;

/// <summary>
/// A resource whose body stays JSON, so that a read-modify-write never drops a property that this code does not know. Uses the ARM client's
/// own pipeline: bearer token, request ids and telemetry are Azure.Core's.
/// </summary>
internal class ArmJsonResource(ArmClient client, ResourceIdentifier id, string apiVersion) : ArmResource(client, id)
{
    /// <returns>Null when the resource does not exist.</returns>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public Task<JsonObject?> GetIfExistsAsync(CancellationToken cancellationToken) => GetUnlessAsync(null, cancellationToken);

    /// <param name="absence">
    /// The error code of a 404 that means that the resource does not exist; null: every 404 does, unless Azure does not find the
    /// subscription.
    /// </param>
    /// <returns>Null when the resource does not exist.</returns>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<JsonObject?> GetUnlessAsync(string? absence, CancellationToken cancellationToken)
    {
        using var message = CreateMessage(RequestMethod.Get, "");
        await Pipeline.SendAsync(message, cancellationToken);
        return
            message.Response.Status == 404
            && new RequestFailedException(message.Response) is var error
            && (absence is null ? !ArmRefusals.IsOfSubscription(error) : error.ErrorCode == absence)
            ? null
            : Body(message.Response);
    }

    /// <summary>GET of what lies below the resource.</summary>
    /// <param name="path">Relative to the resource.</param>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    protected async Task<JsonObject> GetAsync(string path, (string Name, string Value)? query, CancellationToken cancellationToken)
    {
        using var message = CreateMessage(RequestMethod.Get, $"/{path}");
        if (query is var (name, value))
        {
            message.Request.Uri.AppendQuery(name, value);
        }

        await Pipeline.SendAsync(message, cancellationToken);
        return Body(message.Response);
    }

    /// <summary>PUT; returns when ARM has accepted it, which is not when the work is done.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<ArmAccepted> PutAsync(JsonObject body, MatchConditions? conditions, CancellationToken cancellationToken)
    {
        using var message = CreateMessage(RequestMethod.Put, "");
        if (conditions?.IfMatch is { } match)
        {
            message.Request.Headers.Add("If-Match", match.ToString("H"));
        }

        if (conditions?.IfNoneMatch is { } noneMatch)
        {
            message.Request.Headers.Add("If-None-Match", noneMatch.ToString("H"));
        }

        message.Request.Headers.Add("Content-Type", "application/json");
        message.Request.Content = RequestContent.Create(BinaryData.FromString(body.ToJsonString()));
        await Pipeline.SendAsync(message, cancellationToken);
        return new ArmAccepted(Written(message.Response), OperationUrl(message.Response), ArmErrors.RetryAfter(message.Response));
    }

    /// <summary>DELETE; returns when ARM has accepted it, which is not when the work is done. One that is gone already is fine.</summary>
    /// <returns>How long ARM asks to wait.</returns>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<TimeSpan?> DeleteAsync(CancellationToken cancellationToken)
    {
        using var message = CreateMessage(RequestMethod.Delete, "");
        await Pipeline.SendAsync(message, cancellationToken);
        var isGone = message.Response.Status == 404 && !ArmRefusals.IsOfSubscription(new RequestFailedException(message.Response));
        return message.Response.IsError && !isGone ? throw new ArmWriteException(message.Response) : ArmErrors.RetryAfter(message.Response);
    }

    /// <summary>POST of an action that changes the resource, without a body.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<JsonObject> PostAsync(string action, CancellationToken cancellationToken)
    {
        using var message = CreateMessage(RequestMethod.Post, $"/{action}");
        await Pipeline.SendAsync(message, cancellationToken);
        return Written(message.Response);
    }

    /// <summary>POST of an action that only reads, without a body.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    protected async Task<JsonObject> ReadByPostAsync(string action, CancellationToken cancellationToken)
    {
        using var message = CreateMessage(RequestMethod.Post, $"/{action}");
        await Pipeline.SendAsync(message, cancellationToken);
        return Body(message.Response);
    }

    /// <summary>Why a long-running operation failed.</summary>
    /// <returns>Null when it did not fail, or Azure no longer knows the operation.</returns>
    /// <exception cref="RequestFailedException">ARM could not be reached.</exception>
    public async Task<ArmError?> FindOperationErrorAsync(Uri operationUrl, CancellationToken cancellationToken)
    {
        // The token must not go anywhere but to the ARM that we talk to.
        if (operationUrl.Scheme != Endpoint.Scheme || operationUrl.Authority != Endpoint.Authority)
        {
            return null;
        }

        using var message = Pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(operationUrl);
        await Pipeline.SendAsync(message, cancellationToken);
        return message.Response.Status == 200 && Body(message.Response)["error"] is JsonObject error
            ? new ArmError(error["code"]?.GetValue<string>() ?? "Unknown", error["message"]?.GetValue<string>() ?? "No message was given.")
            {
                Inner = ArmRefusal.InnerCodes(error),
            }
            : null;
    }

    private HttpMessage CreateMessage(RequestMethod method, string suffix)
    {
        var message = Pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(Endpoint);
        message.Request.Uri.AppendPath(Id.ToString(), escape: false);
        message.Request.Uri.AppendPath(suffix, escape: false);
        message.Request.Uri.AppendQuery("api-version", apiVersion);
        message.Request.Headers.Add("Accept", "application/json");
        return message;
    }

    private static JsonObject Written(Response response) => response.IsError ? throw new ArmWriteException(response) : Body(response);

    private static JsonObject Body(Response response) =>
        !response.IsError && JsonNode.Parse(response.Content.ToMemory().Span) is JsonObject body
            ? body
            : throw new RequestFailedException(response);

    private static Uri? OperationUrl(Response response) =>
        response.Headers.TryGetValue("Azure-AsyncOperation", out var url) && Uri.TryCreate(url, UriKind.Absolute, out var address)
            ? address
            : null;
}

/// <summary>ARM answered a write with an error. It had observed the resource before, unlike a read that is refused.</summary>
internal sealed class ArmWriteException(Response response) : RequestFailedException(response);
