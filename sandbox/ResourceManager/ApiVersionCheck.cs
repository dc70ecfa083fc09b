using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Refuses requests without an api-version, or with one that the provider does not have, in Azure's words.</summary>
internal sealed partial class ApiVersionCheck(ResourceStore resources)
{
    public async Task CheckAsync(ArmPath path, HttpRequest request)
    {
        var version = request.Query["api-version"].ToString();
        if (version.Length == 0)
        {
            throw new ArmException(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests."
            );
        }

        if (!Shape().IsMatch(version))
        {
            CheckOneOf(ApiVersions.Of(ResourceTypes.Resources), version);
        }

        // Types that are not simulated have no versions here: the answer says that they are not simulated.
        // Poll URLs accept any api-version: clients replace it with that of their first request.
        if (
            path.Provider is not { } provider
            || (provider != ResourceTypes.Resources && !IsOfProvider(path) && !ResourceTypes.Has(provider, path.Type))
            || path.Type.Contains("operation", StringComparison.OrdinalIgnoreCase)
            || ApiVersions.Of(provider, ResourceTypes.TypeOf(provider, path.Type)) is not { Count: > 0 } versions
        )
        {
            return;
        }

        // Resource Manager answers requests about a provider itself, with its own api-versions.
        if (provider == ResourceTypes.Resources || IsOfProvider(path))
        {
            CheckOneOf(ApiVersions.Of(ResourceTypes.Resources), version);
        }
        else if (!versions.Contains(version))
        {
            throw Unsupported(path, provider, version, await LocationAsync(path, request));
        }
    }

    /// <summary>A read or registration of the provider itself.</summary>
    private static bool IsOfProvider(ArmPath path) =>
        path.Type.Length == 0 || path.Type.EndsWith("register", StringComparison.OrdinalIgnoreCase) && path.Names.Count == 0;

    /// <summary>Where no resource is named, Resource Manager knows no location and calls the type unknown.</summary>
    private static ArmException Unsupported(ArmPath path, string provider, string version, string? location)
    {
        var type = ResourceTypes.TypeOf(provider, path.Type);
        var versions = string.Join(", ", ApiVersions.Of(provider, type));
        return location is null
            ? new ArmException(
                404,
                "InvalidResourceType",
                $"The resource type '{type}' could not be found in the namespace '{provider}' for api version '{version}'. The supported "
                    + $"api-versions are '{versions}'."
            )
            : new ArmException(
                400,
                "NoRegisteredProviderFound",
                $"No registered resource provider found for location '{location}' and API version '{version}' for type '{type}'. The "
                    + $"supported api-versions are '{versions}'. The supported locations are "
                    + $"'{string.Join(", ", ResourceTypes.Locations)}'."
            );
    }

    /// <summary>The location of the resource, or of its group, or of the request's body.</summary>
    private async Task<string?> LocationAsync(ArmPath path, HttpRequest request)
    {
        if (path.Group is null || path.Subscription is null)
        {
            return path.Type.StartsWith("locations/", StringComparison.OrdinalIgnoreCase) ? path.Names[0] : null;
        }

        var group = $"/subscriptions/{path.Subscription}/resourceGroups/{path.Group}";
        var top = path.Names.Count > 0 ? $"{group}/providers/{path.Provider}/{path.Type.Split('/')[0]}/{path.Names[0]}" : group;
        return resources.Get(top)?.Text("location") ?? await BodyLocationAsync(request) ?? resources.GetGroup(group)?.Text("location");
    }

    private static async Task<string?> BodyLocationAsync(HttpRequest request)
    {
        try
        {
            return request.ContentLength > 0
                ? (await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted) as JsonObject)?.Text(
                    "location"
                )
                : null;
        }
        catch (JsonException)
        {
            return null; // the api-version is refused in any case
        }
    }

    private static void CheckOneOf(IReadOnlyList<string> versions, string version)
    {
        if (!versions.Contains(version))
        {
            throw new ArmException(
                400,
                "InvalidApiVersionParameter",
                $"The api-version '{version}' is invalid. The supported versions are '{string.Join(',', versions.Reverse())}'."
            );
        }
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(-preview)?$")]
    private static partial Regex Shape();
}
