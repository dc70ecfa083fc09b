using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// The scope of event subscriptions: a subscription, a resource group, a resource, or a system topic that stands for one of these.
/// </summary>
/// <param name="Source">The ARM id of the event source.</param>
/// <param name="Collection">The prefix of the event subscriptions' ARM ids.</param>
/// <param name="ResourceType">The type of the event subscriptions.</param>
internal sealed record EventSubscriptionScope(string Source, string Collection, string ResourceType)
{
    public const string EventSubscriptions = "Microsoft.EventGrid/eventSubscriptions";
    public const string SystemTopics = "Microsoft.EventGrid/systemTopics";

    // The route patterns of the four kinds of scope.
    private const string Subscription = "/subscriptions/{subscription}";
    private const string Group = Subscription + "/resourceGroups/{group}";
    public const string OnSubscription = Subscription + "/providers/" + EventSubscriptions;
    public const string OnGroup = Group + "/providers/" + EventSubscriptions;
    public const string OnResource = Group + "/providers/{provider}/{type}/{resource}/providers/" + EventSubscriptions;
    public const string OnTopic = Group + "/providers/" + SystemTopics + "/{topic}/eventSubscriptions";

    /// <summary>The scope of a request to one of the patterns.</summary>
    /// <exception cref="ArmException">The scope does not exist.</exception>
    public static EventSubscriptionScope Of(ArmRequest request, ResourceStore resources)
    {
        if (request.Group.Length == 0)
        {
            return Extension($"/subscriptions/{request.Subscription}");
        }

        resources.RequireGroup(request);
        if (request.Route("topic") is { Length: > 0 } topic)
        {
            var topicId = request.ResourceId(SystemTopics, topic);
            var document = resources.Get(topicId) ?? throw ArmErrors.ResourceNotFound(SystemTopics, topic, request.Group);
            return new EventSubscriptionScope(
                document.Text("properties", "source") ?? "",
                $"{document.Text("id") ?? topicId}/eventSubscriptions",
                SystemTopics + "/eventSubscriptions"
            );
        }

        if (request.Route("resource") is not { Length: > 0 } name)
        {
            return Extension(request.GroupId);
        }

        var type = $"{request.Route("provider")}/{request.Route("type")}";
        var id = request.ResourceId(type, name);
        return resources.Get(id) is null ? throw ArmErrors.ResourceNotFound(type, name, request.Group) : Extension(id);
    }

    private static EventSubscriptionScope Extension(string source) =>
        new(source, $"{source}/providers/{EventSubscriptions}", EventSubscriptions);
}
