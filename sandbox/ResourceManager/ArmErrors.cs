namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Refusals by Azure Resource Manager, and those common to its providers.</summary>
internal static class ArmErrors
{
    public static ArmException ResourceNotFound(string type, string name, string group) =>
        new(
            404,
            "ResourceNotFound",
            $"The Resource '{type}/{name}' under resource group '{group}' was not found. For more details please go to "
                + "https://aka.ms/ARMResourceNotFoundFix"
        );

    public static ArmException ResourceGroupNotFound(string group) =>
        new(404, "ResourceGroupNotFound", $"Resource group '{group}' could not be found.");

    public static ArmException ParentNotFound(string type, string parent) =>
        new(
            404,
            "ParentResourceNotFound",
            $"Failed to perform 'write' on resource(s) of type '{type}', because the parent resource '{parent}' could not be found."
        );

    public static ArmException ResourceGroupBeingDeleted(string group) =>
        new(
            409,
            "ResourceGroupBeingDeleted",
            $"The resource group '{group}' is in deprovisioning state and cannot perform this operation."
        );

    public static ArmException LocationRequired() => new(400, "LocationRequired", "The location property is required for this definition.");

    public static ArmException LocationNotAvailable(string location, string type) =>
        new(
            400,
            "LocationNotAvailableForResourceType",
            $"The provided location '{location}' is not available for resource type '{type}'. List of available regions for the "
                + $"resource type is '{string.Join(',', ResourceTypes.Locations)}'."
        );

    public static ArmException InvalidResourceLocation(string name, string existing, string group, string type, string asked) =>
        new(
            409,
            "InvalidResourceLocation",
            $"The resource '{name}' already exists in location '{existing}' in resource group '{group}'. A resource with the same name "
                + $"cannot be created in location '{asked}'. Please select a new resource name. (type '{type}')"
        );

    public static ArmException InvalidContent(string problem) =>
        new(400, "InvalidRequestContent", $"The request content was invalid and could not be deserialized: '{problem}'.");

    public static ArmException MissingSubscriptionRegistration(string provider) =>
        new(
            409,
            "MissingSubscriptionRegistration",
            $"The subscription is not registered to use namespace '{provider}'. See https://aka.ms/rps-not-found for how to register "
                + "subscriptions."
        );

    public static ArmException InvalidParameter(string target, string message) =>
        new(400, "InvalidParameter", message) { Target = target, ByProvider = true };

    /// <exception cref="ArmException">The parameter does not meet the rule.</exception>
    public static void Require(bool isMet, string target, string message)
    {
        if (!isMet)
        {
            throw InvalidParameter(target, message);
        }
    }

    public static ArmException BadRequest(string message, string? target = null) =>
        new(400, "BadRequest", message) { Target = target, ByProvider = true };

    public static ArmException PreconditionFailed(string message) => new(412, "PreconditionFailed", message) { ByProvider = true };
}
