using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MeshPort.Host.Api;

/// <summary>Reads JSON into views. A field that a view cannot be without must be there.</summary>
internal static class AnswerReading
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        Converters = { new TerminalTextConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireFields } },
    };

    /// <exception cref="JsonException">The JSON is not an object, or a required field is missing or has another type.</exception>
    public static T To<T>(this JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.Deserialize<T>(Json) is { } value ? value : throw new JsonException();

    private static void RequireFields(JsonTypeInfo type)
    {
        foreach (var field in type.Properties.Where(field => field.Set is not null || field.AssociatedParameter is not null))
        {
            field.IsRequired = field.PropertyType.IsValueType ? field.PropertyType == typeof(JsonElement) : !field.IsSetNullable;
        }
    }
}
