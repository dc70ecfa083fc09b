using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>Finds the operation of a request by its method, its comp parameter and the resource of its path.</summary>
internal sealed class QueueRoutes(QueueApi queues, MessageApi messages)
{
    private readonly Dictionary<(string Method, string? Comp, Resource Resource), Operation> _operations = new()
    {
        [("GET", "list", Resource.Service)] = call => Task.FromResult(queues.List(call.Parameters, ServiceOf(call.Request))),
        [("PUT", null, Resource.Queue)] = call => queues.CreateAsync(call.Queue, call.Request, call.Cancellation),
        [("DELETE", null, Resource.Queue)] = call => queues.DeleteAsync(call.Queue, call.Cancellation),
        [("GET", "metadata", Resource.Queue)] = call => Task.FromResult(queues.GetMetadata(call.Queue)),
        [("HEAD", "metadata", Resource.Queue)] = call => Task.FromResult(queues.GetMetadata(call.Queue)),
        [("PUT", "metadata", Resource.Queue)] = call => queues.SetMetadataAsync(call.Queue, call.Request, call.Cancellation),
        [("POST", null, Resource.Messages)] = call => messages.PutAsync(call.Queue, call.Parameters, call.Request, call.Cancellation),
        [("GET", null, Resource.Messages)] = call => messages.GetAsync(call.Queue, call.Parameters, call.Cancellation),
        [("DELETE", null, Resource.Messages)] = call => messages.ClearAsync(call.Queue, call.Cancellation),
        [("PUT", null, Resource.Message)] = call =>
            messages.UpdateAsync(call.Queue, call.Message, call.Parameters, call.Request, call.Cancellation),
        [("DELETE", null, Resource.Message)] = call => messages.DeleteAsync(call.Queue, call.Message, call.Parameters, call.Cancellation),
    };

    private delegate Task<QueueAnswer> Operation(Call call);

    private enum Resource
    {
        Unknown,
        Service,
        Queue,
        Messages,
        Message,
    }

    /// <exception cref="QueueFault">No operation matches, the queue's name is invalid, or the operation fails.</exception>
    public Task<QueueAnswer> AnswerAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var parameters = new QueueParameters(request.Query);
        var comp = parameters.Find("comp")?.ToLowerInvariant();
        var path = (request.RouteValues["path"] as string ?? "").TrimEnd('/').Split('/');
        var resource = ResourceOf(path, comp);
        if (!_operations.TryGetValue((request.Method, comp, resource), out var operation))
        {
            throw NoOperation(comp, resource);
        }

        var queue = resource == Resource.Service ? "" : QueueName.Validate(path[0]);
        return operation(new Call(request, parameters, queue, path[^1], cancellationToken));
    }

    // With comp=metadata, an empty path is a queue with an empty name, so that the error reports the name.
    private static Resource ResourceOf(string[] path, string? comp) =>
        path switch
        {
            [""] when comp != "metadata" => Resource.Service,
            [_] => Resource.Queue,
            [_, "messages"] => Resource.Messages,
            [_, "messages", _] => Resource.Message,
            _ => Resource.Unknown,
        };

    private static QueueFault NoOperation(string? comp, Resource resource) =>
        comp is not (null or "list" or "metadata") ? QueueFault.UnsupportedParameter("comp", comp)
        : resource == Resource.Unknown || (resource == Resource.Service && comp is null) ? QueueFault.InvalidUri()
        : QueueFault.UnsupportedVerb();

    private static Uri ServiceOf(HttpRequest request) => new($"{request.Scheme}://{request.Host}/{QueueAccount.Name}");

    /// <param name="Queue">The queue's name. Empty for <see cref="Resource.Service"/>.</param>
    /// <param name="Message">The message's id. Meaningful for <see cref="Resource.Message"/> only.</param>
    private sealed record Call(
        HttpRequest Request,
        QueueParameters Parameters,
        string Queue,
        string Message,
        CancellationToken Cancellation
    );
}
