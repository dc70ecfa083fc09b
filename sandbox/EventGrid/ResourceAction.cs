using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>The action of a request to Azure Resource Manager, in the terms of its access control.</summary>
/// <param name="ResourceId">The target resource.</param>
/// <param name="Operation">For example <c>Microsoft.ContainerService/managedClusters/write</c>.</param>
/// <param name="Verb"><c>Write</c>, <c>Delete</c> or <c>Action</c>.</param>
internal sealed record ResourceAction(string ResourceId, string Provider, string Operation, string Verb)
{
    /// <returns>Null when the path is outside any subscription.</returns>
    public static ResourceAction? Of(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length < 2 || !Is(segments[0], "subscriptions"))
        {
            return null;
        }

        var at = ArmPath.ProvidersAt(segments);
        var provider = at < 0 ? ResourceTypes.Resources : ResourceTypes.Namespace(segments[at + 1]) ?? segments[at + 1];
        var inside = at < 0 ? segments : segments[(at + 2)..];
        var types = inside.Where((_, index) => index % 2 == 0).ToList();
        var isAction = method == "POST" && inside.Length % 2 == 1;
        var verb = method switch
        {
            "DELETE" => "Delete",
            "POST" => "Action",
            _ => "Write",
        };
        var type = string.Join('/', (isAction ? types.SkipLast(1) : types).Select(Spell));
        var operation = string.Join(
            '/',
            new[] { provider, type, isAction ? types[^1] : "", verb.ToLowerInvariant() }.Where(part => part.Length > 0)
        );
        return new ResourceAction("/" + string.Join('/', isAction ? segments[..^1] : segments), provider, operation, verb);
    }

    // In Azure's spelling, whatever the client wrote.
    private static string Spell(string type) => ResourceTypes.TypeNames.FirstOrDefault(known => Is(known, type)) ?? type;

    private static bool Is(string segment, string name) => string.Equals(segment, name, StringComparison.OrdinalIgnoreCase);
}
