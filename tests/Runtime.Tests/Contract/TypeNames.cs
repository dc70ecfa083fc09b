namespace MeshPort.Runtime.Tests.Contract;

/// <summary>Types as C# writes them, without namespaces and with their nullability.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
    };

    /// <param name="nullability">Of the declaration; null for a place where there is none, such as a base type.</param>
    public static string Of(Type type, Nullability? nullability)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType() ?? type, nullability);
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying, nullability) + "?";
        }

        var hasFlag = !type.IsValueType || type.IsGenericType;
        var mark = hasFlag && nullability?.TakeIsAnnotated() == true && !type.IsValueType ? "?" : "";
        return NameOf(type, nullability) + mark;
    }

    /// <summary>The full name of a type in the reference's notation: its parameters by name.</summary>
    public static string FullNameOf(Type type, string space) => $"{space}.{NameOf(type, null)}";

    private static string NameOf(Type type, Nullability? nullability)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        if (type.IsArray && type.GetElementType() is { } element)
        {
            return Of(element, nullability) + "[]";
        }

        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(argument => Of(argument, nullability)))}>"
            : type.Name;
    }
}
