using System.Reflection;
using System.Text.Json;
using MeshPort.Runtime.Triggers.Queues;

namespace MeshPort.Runtime.Triggers;

/// <summary>Binds parameters by name to the data of a trigger.</summary>
internal static class ParameterData
{
    /// <exception cref="JsonException">The data cannot be converted to the parameter's type.</exception>
    public static object? Bind(ParameterInfo parameter, IReadOnlyDictionary<string, object?> data, JsonSerializerOptions json)
    {
        var value =
            parameter.Name is { } name && data.TryGetValue(name, out var found)
                ? QueueMessageBinding.ConvertData(found, parameter.ParameterType, json)
                : null;
        return value ?? DefaultOf(parameter);
    }

    public static object? DefaultOf(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? parameter.DefaultValue
        : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
        : null;
}
