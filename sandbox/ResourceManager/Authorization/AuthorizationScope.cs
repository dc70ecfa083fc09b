namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>The scope of a role assignment: a subscription, a resource group, a resource, or a nested resource.</summary>
internal static class AuthorizationScope
{
    private const string Subscription = "/subscriptions/{subscription}";
    private const string Group = Subscription + "/resourceGroups/{group}";
    private const string Resource = Group + "/providers/{provider}/{type}/{resource}";

    public static readonly IReadOnlyList<string> Patterns = [Subscription, Group, Resource, Resource + "/{nestedType}/{nested}"];

    /// <summary>The scope of a request to one of the patterns.</summary>
    /// <exception cref="ArmException">404 when it does not exist.</exception>
    public static string Of(ArmRequest request, ResourceStore resources)
    {
        if (request.Group.Length == 0)
        {
            return $"/subscriptions/{request.Subscription}";
        }

        resources.RequireGroup(request);
        if (request.Route("resource") is not { Length: > 0 } resource)
        {
            return request.GroupId;
        }

        var type = $"{request.Route("provider")}/{request.Route("type")}";
        var id = request.ResourceId(type, resource);
        if (request.Route("nested") is { Length: > 0 } nested)
        {
            (type, resource, id) = (
                $"{type}/{request.Route("nestedType")}",
                $"{resource}/{nested}",
                $"{id}/{request.Route("nestedType")}/{nested}"
            );
        }

        return resources.Get(id) is null ? throw ArmErrors.ResourceNotFound(type, resource, request.Group) : id;
    }

    /// <summary>Whether an assignment on <paramref name="scope"/> applies to a resource: the scope is the resource or above it.</summary>
    public static bool Covers(string scope, string resourceId) =>
        resourceId.StartsWith(scope, StringComparison.OrdinalIgnoreCase)
        && (resourceId.Length == scope.Length || resourceId[scope.Length] == '/');

    public static ArmException UnsupportedFilter(string filter) =>
        new(
            400,
            "UnsupportedQuery",
            $"The filter '{filter}' is not supported. Supported filters are either 'atScope()' or 'principalId eq '{{value}}' or "
                + $"assignedTo('{{value}}')'."
        )
        {
            ByProvider = true,
        };
}
