using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable;

/// <summary>Serializes and deserializes values. Null bypasses the converter: a custom converter never receives null.</summary>
internal static class Conversion
{
    public static string? Write(this DataConverter converter, object? value) => value is null ? null : converter.Serialize(value);

    public static T? Read<T>(this DataConverter converter, string? data) => data is null ? default : converter.Deserialize<T>(data);

    public static object? Read(this DataConverter converter, string? data, Type type) =>
        data is null ? null : converter.Deserialize(data, type);
}
