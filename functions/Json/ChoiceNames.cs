using System.Reflection;
using System.Text.Json.Serialization;

namespace MeshPort.Json;

/// <summary>The values of an enum by their JSON names.</summary>
internal static class ChoiceNames<T>
    where T : struct, Enum
{
    public static readonly IReadOnlyDictionary<string, T> All = typeof(T)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .ToDictionary(
            field => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? field.Name,
            field => Enum.Parse<T>(field.Name)
        );
}
