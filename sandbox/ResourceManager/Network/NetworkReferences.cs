namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Resources that another resource names.</summary>
internal static class NetworkReferences
{
    /// <param name="references">Ids; nulls are skipped.</param>
    /// <exception cref="ArmException">One of them does not exist.</exception>
    public static void Require(ResourceStore resources, string id, params IEnumerable<string?> references)
    {
        if (references.FirstOrDefault(reference => reference is not null && resources.Get(reference) is null) is { } missing)
        {
            throw new ArmException(400, "InvalidResourceReference", Missing(missing, $"resource {id}")) { ByProvider = true };
        }
    }

    /// <summary>Azure's message about a resource that does not exist.</summary>
    public static string Missing(string reference, string user) =>
        $"Resource {reference} referenced by {user} was not found. Please make sure that the referenced resource exists, and that both "
        + "resources are in the same region.";
}
