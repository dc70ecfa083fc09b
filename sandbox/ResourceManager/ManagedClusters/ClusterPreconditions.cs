namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>If-Match and If-None-Match on clusters, by the table in reference arm.md, section 6.</summary>
internal static class ClusterPreconditions
{
    /// <param name="etag">The cluster's etag. Null when the cluster does not exist.</param>
    public static void CheckPut(ArmRequest request, string? etag)
    {
        if (request.IfMatch is not null && request.IfNoneMatch is not null)
        {
            throw ArmErrors.BadRequest("If-Match and If-None-Match cannot be used together.");
        }

        if (request.IfNoneMatch is not (null or "*"))
        {
            throw ArmErrors.BadRequest("If-None-Match only takes '*'.");
        }

        if (request.IfNoneMatch is not null && etag is not null)
        {
            throw ArmErrors.PreconditionFailed("The resource already exists (If-None-Match: *).");
        }

        if (request.IfMatch is not null && etag is null)
        {
            throw ArmErrors.PreconditionFailed("The resource does not exist (If-Match).");
        }

        CheckMatch(request, etag);
    }

    /// <summary>PATCH and DELETE of an existing cluster.</summary>
    public static void CheckMatch(ArmRequest request, string? etag)
    {
        if (request.IfMatch is { } wanted and not "*" && etag is not null && wanted.Trim('"') != etag)
        {
            throw ArmErrors.PreconditionFailed($"The etag of the request '{wanted}' does not match that of the resource '{etag}'.");
        }
    }
}
