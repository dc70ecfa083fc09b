namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Refuses unknown paths as ARM does: the answer names the first part that does not exist.</summary>
internal sealed class UnknownPaths
{
    /// <summary>Follows Azure's words, because Azure may well have what a client misses here.</summary>
    public const string NotSimulated = "The sandbox does not simulate it.";

    public void Map(ArmRoutes routes) =>
        routes.MapFallback(request =>
            throw (
                routes.Methods(request.Route("path")) is { Count: > 0 } methods
                    ? NotAllowed(methods)
                    : Refuse(request.Route("path").Split('/', StringSplitOptions.RemoveEmptyEntries))
            )
        );

    private static ArmException NotAllowed(IReadOnlyList<string> methods) =>
        new(
            405,
            "HttpMethodNotAllowed",
            $"The requested resource does not support this http method. The sandbox simulates {string.Join(", ", methods)} here."
        )
        {
            Allow = string.Join(", ", methods),
        };

    private static ArmException Refuse(string[] segments)
    {
        if (segments.Length < 2 || !Is(segments[0], "subscriptions"))
        {
            return new ArmException(
                404,
                "MissingSubscription",
                "The request did not have a subscription or a valid tenant level resource provider."
                    + (segments is [var first, _, ..] && Is(first, "providers") ? $" {NotSimulated}" : "")
            );
        }

        var providers = Array.FindLastIndex(segments, segment => Is(segment, "providers"));
        if (providers < 0 || providers + 1 >= segments.Length)
        {
            return new ArmException(
                404,
                "NotFound",
                $"The requested resource does not exist, or does not support this method. {NotSimulated}"
            );
        }

        return ResourceTypes.Namespace(segments[providers + 1]) is { } provider
            ? new ArmException(
                404,
                "InvalidResourceType",
                $"The resource type '{string.Join('/', segments[(providers + 2)..].Where((_, index) => index % 2 == 0))}' could not be "
                    + $"found in the namespace '{provider}', or does not support this method. {NotSimulated}"
            )
            : new ArmException(
                404,
                "InvalidResourceNamespace",
                $"The resource namespace '{segments[providers + 1]}' is invalid. {NotSimulated}"
            );
    }

    private static bool Is(string segment, string name) => string.Equals(segment, name, StringComparison.OrdinalIgnoreCase);
}
