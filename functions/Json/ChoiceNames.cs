using System.Reflection;
using System.Text.Json.Serialization;

namespace MeshPort.Json;

/// <summary>An enum's values by the names under which they are written in JSON.</summary>
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
