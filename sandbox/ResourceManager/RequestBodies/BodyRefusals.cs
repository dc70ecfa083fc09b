namespace MeshPort.Sandbox.ResourceManager.RequestBodies;

/// <summary>The messages with which each reader of a body refuses it.</summary>
internal static class BodyRefusals
{
    /// <summary>Azure Resource Manager reads the envelope, independent of the provider.</summary>
    public static ArmException Unknown(string provider, string type, string name, string path)
    {
        if (provider == ResourceTypes.ContainerService && path.Contains('.'))
        {
            // https://github.com/Azure/AKS/issues/4060, the message as in https://github.com/Azure/azure-rest-api-specs/issues/40740
            return Unmarshal(
                $"json: unknown field \"{name}\" Check that the field is in the right location, is spelled correctly, and is supported "
                    + "in the API version. Visit aka.ms/aks/apiversions for more API version information.."
            );
        }

        return path.Contains('.')
            ? CannotParse(provider, "InvalidJson", $"Could not find member '{name}' on object of type '{type}'. Path '{path}'.")
            : ArmErrors.InvalidContent($"Could not find member '{name}' on object of type 'ResourceDefinition'. Path '{path}'.");
    }

    public static ArmException WrongType(string provider, string path, string found, BodyShape expected)
    {
        if (!path.Contains('.'))
        {
            return ArmErrors.InvalidContent($"Error converting value to type '{expected.Kind.TrimStart('#')}'. Path '{path}'.");
        }

        return provider == ResourceTypes.ContainerService
            ? Unmarshal($"json: cannot unmarshal {found} into Go struct field {path} of type {Go(expected)}.")
            : CannotParse(
                provider,
                "InvalidJsonType",
                $"The value of '{path}' is of type {found}; {expected.Kind.TrimStart('#')} was expected."
            );
    }

    public static ArmException Missing(string provider, string path) =>
        provider == ResourceTypes.ContainerService
            ? ArmErrors.InvalidParameter(Parameter(path), $"Required parameter {Parameter(path)} is missing (null).")
            : CannotParse(provider, "MissingJsonProperty", $"The required property '{path}' is missing.");

    public static ArmException NotAllowed(string provider, string path, string value, IReadOnlyList<string> allowed)
    {
        var message = $"The value of parameter {Parameter(path)} is invalid: '{value}'. Allowed values: {string.Join(", ", allowed)}.";
        return provider == ResourceTypes.ContainerService
            ? ArmErrors.InvalidParameter(Parameter(path), message)
            : CannotParse(provider, "InvalidJsonPropertyValue", message);
    }

    private static ArmException Unmarshal(string problem) =>
        new(400, "UnmarshalError", $"UnmarshalEntity encountered error: {problem}") { ByProvider = true, Flat = true };

    private static ArmException CannotParse(string provider, string code, string problem) =>
        provider == ResourceTypes.Network
            ? new ArmException(400, "InvalidRequestFormat", "Cannot parse the request.") { ByProvider = true, Details = [(code, problem)] }
            : ArmErrors.InvalidContent(problem);

    /// <summary>AKS names parameters without the envelope.</summary>
    private static string Parameter(string path) =>
        path.StartsWith("properties.", StringComparison.Ordinal) ? path["properties.".Length..] : path;

    private static string Go(BodyShape shape) =>
        shape switch
        {
            { Items: not null } => $"[]{Go(shape.Items)}",
            { Values: not null } => $"map[string]{Go(shape.Values)}",
            { TypeName: { } type } => type,
            { Kind: "int" } => "int32",
            { Kind: "number" } => "float64",
            { Kind: "bool" } => "bool",
            _ => "string",
        };
}
