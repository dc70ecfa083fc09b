using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>Event subscriptions over ARM. A write is a long-running operation that validates the endpoint.</summary>
internal sealed class EventSubscriptionApi(
    EventSubscriptionStore subscriptions,
    ResourceStore resources,
    ArmOperations operations,
    ProviderRegistrations registrations,
    EndpointConsent consent
)
{
    public const string WriteKind = "eventSubscriptions/write";
    private const string DeleteKind = "eventSubscriptions/delete";
    private static readonly TimeSpan Takes = TimeSpan.FromSeconds(2);

    public void Map(ArmRoutes routes)
    {
        foreach (
            var collection in (string[])
                [
                    EventSubscriptionScope.OnSubscription,
                    EventSubscriptionScope.OnGroup,
                    EventSubscriptionScope.OnResource,
                    EventSubscriptionScope.OnTopic,
                ]
        )
        {
            routes.Map("GET", collection, List);
            routes.Map("GET", collection + "/{name}", request => ArmAnswer.Ok(View(Require(request))));
            routes.Map("PUT", collection + "/{name}", Put);
            routes.Map("PATCH", collection + "/{name}", Patch);
            routes.Map("DELETE", collection + "/{name}", Delete);
            routes.Map(
                "POST",
                collection + "/{name}/getFullUrl",
                request => ArmAnswer.Ok(new JsonObject { ["endpointUrl"] = Require(request).Text(EventSubscription.EndpointKey) })
            );
            routes.Map(
                "POST",
                collection + "/{name}/getDeliveryAttributes",
                request => Require(request) is not null ? ArmAnswer.Page([]) : new ArmAnswer(404)
            );
        }

        operations.LeaveToStarter(WriteKind);
        operations.WhenDue(
            DeleteKind,
            (operation, _) =>
            {
                subscriptions.Delete(operation.Target);
                return Task.CompletedTask;
            }
        );
    }

    /// <summary>
    /// A subscription lists the global event subscriptions on itself and on its resource groups. Any other scope lists its own.
    /// </summary>
    private ArmAnswer List(ArmRequest request)
    {
        var scope = EventSubscriptionScope.Of(request, resources);
        var found =
            request.Group.Length > 0
                ? subscriptions.In(scope.Collection)
                : subscriptions.On(source =>
                    (source + "/").StartsWith(scope.Source + "/", StringComparison.OrdinalIgnoreCase)
                    && TopicTypes.Of(source)?.RegionType == "GlobalResource"
                );
        return ArmAnswer.Page(found.Select(View));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.EventGrid);
        var scope = EventSubscriptionScope.Of(request, resources);
        if (request.Name.Length is < 3 or > 64 || !request.Name.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
        {
            throw new ArmException(
                400,
                "InvalidRequest",
                $"The event subscription name '{request.Name}' is invalid: 3 to 64 letters, digits and hyphens."
            )
            {
                ByProvider = true,
            };
        }

        return Save(request, scope, request.Body.Properties(), "Creating");
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        var before = Require(request);
        var merged = EventSubscriptionBody.Merge(before.Properties(), before.Text(EventSubscription.EndpointKey) ?? "", request.Body);
        return Save(request, EventSubscriptionScope.Of(request, resources), merged, "Updating");
    }

    private ArmAnswer Save(ArmRequest request, EventSubscriptionScope scope, JsonObject asked, string state)
    {
        var type =
            TopicTypes.Of(scope.Source)
            ?? throw new ArmException(
                400,
                "InvalidRequest",
                $"The resource '{scope.Source}' is not a source of events that Event Grid supports."
            )
            {
                ByProvider = true,
            };
        var id = $"{scope.Collection}/{request.Name}";
        RefuseWhileBusy(id);
        var (properties, endpoint) = EventSubscriptionBody.Read(asked, type);
        properties["topic"] = scope.Source;
        properties["provisioningState"] = state;
        var document = new JsonObject
        {
            ["properties"] = properties,
            ["id"] = id,
            ["name"] = request.Name,
            ["type"] = scope.ResourceType,
            [EventSubscription.EndpointKey] = endpoint,
            [EventSubscription.SourceKey] = scope.Source,
            [EventSubscription.WriterKey] = request.Caller.Identity.ObjectId,
            [EndpointConsent.BaseUrlKey] = request.BaseUrl,
        };
        subscriptions.Put(id, document);
        var operation = operations.Start(WriteKind, id, ResourceTypes.EventGrid, "global", Takes);
        consent.Begin(operation);
        return OperationAnswers.Announce(new ArmAnswer(201, View(document)), request, operation);
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var id = $"{EventSubscriptionScope.Of(request, resources).Collection}/{request.Name}";
        if (subscriptions.Get(id) is not { } document)
        {
            return new ArmAnswer(204);
        }

        RefuseWhileBusy(id);
        document.Properties()["provisioningState"] = "Deleting";
        subscriptions.Put(id, document);
        return OperationAnswers.Announce(
            new ArmAnswer(202),
            request,
            operations.Start(DeleteKind, id, ResourceTypes.EventGrid, "global", Takes),
            withLocation: true
        );
    }

    private void RefuseWhileBusy(string id)
    {
        if (operations.RunningOn(id) is not null)
        {
            throw new ArmException(409, "OperationNotAllowed", $"Another operation is in progress on event subscription '{id}'.")
            {
                ByProvider = true,
            };
        }
    }

    private JsonObject Require(ArmRequest request)
    {
        var scope = EventSubscriptionScope.Of(request, resources);
        return subscriptions.Get($"{scope.Collection}/{request.Name}")
            ?? throw new ArmException(
                404,
                "ResourceNotFound",
                $"Event subscription doesn't exist. Resource: {scope.Collection}/{request.Name}"
            )
            {
                ByProvider = true,
            };
    }

    private JsonObject View(JsonObject document)
    {
        var view = ResourceStore.View(document);
        if (consent.IsAwaited(document))
        {
            view.Properties()["provisioningState"] = "AwaitingManualAction";
        }

        return view;
    }
}
