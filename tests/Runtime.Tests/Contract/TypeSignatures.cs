using System.Reflection;

namespace MeshPort.Runtime.Tests.Contract;

/// <summary>The line that opens a type, in the notation of signatures.txt.</summary>
internal static class TypeSignatures
{
    /// <param name="space">The namespace of the official package.</param>
    public static string Of(Type type, string space)
    {
        var usage = type.GetCustomAttribute<AttributeUsageAttribute>(inherit: false) is { } declared ? $"[AttributeUsage({declared.ValidOn})] " : "";
        var suffix = typeof(Delegate).IsAssignableFrom(type) ? " (delegate)" : Bases(type);
        return $"{usage}{Kind(type)} {TypeNames.FullNameOf(type, space)}{suffix}";
    }

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        _ when type.GetMethod("<Clone>$") is not null => type.IsSealed ? "sealed record" : "record",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Bases(Type type)
    {
        if (type.IsEnum)
        {
            return "";
        }

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var interfaces = type.GetInterfaces().Where(implemented => implemented.IsVisible && !inherited.Contains(implemented) && !implemented.Name.StartsWith("IEquatable", StringComparison.Ordinal));
        Type[] bases = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [parent, .. interfaces] : [.. interfaces];
        return bases.Length == 0 ? "" : $" : {string.Join(", ", bases.Select(found => TypeNames.Of(found, null)))}";
    }
}
