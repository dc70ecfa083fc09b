using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MeshPort.Runtime.Tests.Contract;

/// <summary>The members of a type that others can see, a line each, in the notation of signatures.txt.</summary>
internal static class MemberSignatures
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>What records, equality and Object bring.</summary>
    private static readonly string[] Unlisted = ["Equals", "GetHashCode", "ToString", "op_Equality", "op_Inequality", "Deconstruct", "PrintMembers", "EqualityContract"];

    public static IEnumerable<string> Of(Type type)
    {
        if (type.IsEnum)
        {
            var values = type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Name}={field.GetRawConstantValue()}{(IsObsolete(field) ? "[Obsolete]" : "")}"));
            return [string.Join(", ", values)];
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return [Method(type.GetMethod("Invoke") ?? throw new InvalidOperationException($"{type} has no Invoke."))];
        }

        return [
            .. type.GetFields(Declared).Where(field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !IsGenerated(field)).Select(Field),
            .. type.GetConstructors(Declared).Where(constructor => IsVisible(constructor) && !IsUnlisted(constructor)).Select(Constructor),
            .. type.GetProperties(Declared).Where(property => !Unlisted.Contains(property.Name) && property.GetAccessors(true).Any(IsVisible)).Select(Property),
            .. type.GetMethods(Declared).Where(method => IsVisible(method) && !IsUnlisted(method)).Select(Method),
        ];
    }

    private static string Field(FieldInfo field)
    {
        var name = $"{TypeNames.Of(field.FieldType, Nullability.Of(field))} {field.Name}";
        return field.IsLiteral ? $"{Obsolete(field)}const {name} = {Value(field.GetRawConstantValue(), field.FieldType)}" : $"{Obsolete(field)}{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{name}";
    }

    private static string Constructor(ConstructorInfo constructor) =>
        $"{Obsolete(constructor)}{(constructor.IsPublic ? "" : "protected ")}.ctor({Parameters(constructor)})";

    private static string Property(PropertyInfo property)
    {
        var get = property.GetMethod is { } getter && IsVisible(getter) ? getter : null;
        var set = property.SetMethod is { } setter && IsVisible(setter) ? setter : null;
        MethodInfo?[] accessors = [get, set];
        var shown = accessors.FirstOrDefault(accessor => accessor is { IsPublic: true }) ?? get ?? set ?? throw new InvalidOperationException($"{property} has no accessor that others can see.");
        var init = set?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true ? "init; " : "set; ";
        var type = TypeNames.Of(property.PropertyType, Nullability.Of(property));
        return $"{Obsolete(property)}{Modifiers(shown)}{type} {property.Name} {{ {Accessor(get, "get; ")}{Accessor(set, init)}}}";

        string Accessor(MethodInfo? accessor, string text) => accessor is null ? "" : shown.IsPublic && !accessor.IsPublic ? "protected " + text : text;
    }

    private static string Method(MethodInfo method)
    {
        var extension = method.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "";
        var generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        var result = TypeNames.Of(method.ReturnType, Nullability.Of(method.ReturnParameter));
        return $"{Obsolete(method)}{Modifiers(method)}{result} {method.Name}{generic}({extension}{Parameters(method)}){Constraints(method)}";
    }

    private static string Modifiers(MethodInfo method)
    {
        var visibility = method.IsPublic ? "" : "protected ";
        if (method.DeclaringType is { IsInterface: true })
        {
            return visibility;
        }

        return visibility + method switch
        {
            { IsStatic: true } => "static ",
            { IsAbstract: true } => "abstract ",
            { IsVirtual: true, IsFinal: false } when method.GetBaseDefinition() != method => "override ",
            { IsVirtual: true, IsFinal: false } => "virtual ",
            _ => "",
        };
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var prefix = parameter.IsOut ? "out " : parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        var type = TypeNames.Of(parameter.ParameterType, Nullability.Of(parameter));
        var fallback = parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue, parameter.ParameterType)}" : "";
        return $"{prefix}{type} {parameter.Name}{fallback}";
    }));

    private static string Value(object? value, Type type) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        bool flag => flag ? "true" : "false",
        string text => $"\"{text}\"",
        _ when type.IsEnum => $"{type.Name}.{Enum.ToObject(type, value)}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Constraints(MethodInfo method) => string.Concat(method.GetGenericArguments()
        .Select(argument => (argument.Name, Types: argument.GetGenericParameterConstraints().Select(constraint => constraint.Name).ToList(), argument.GenericParameterAttributes))
        .Select(argument => (argument.Name, All: argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class", .. argument.Types] : argument.Types))
        .Where(argument => argument.All.Count > 0)
        .Select(argument => $" where {argument.Name} : {string.Join(", ", argument.All)}"));

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsUnlisted(MethodBase method) =>
        Unlisted.Contains(method.Name)
        || IsGenerated(method)
        || (method.IsSpecialName && method is MethodInfo && !method.Name.StartsWith("op_", StringComparison.Ordinal))
        || (method is ConstructorInfo && !method.IsPublic && method.GetParameters().Length == 0);

    private static bool IsGenerated(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static bool IsObsolete(MemberInfo member) => member.IsDefined(typeof(ObsoleteAttribute), false);

    private static string Obsolete(MemberInfo member) => IsObsolete(member) ? "[Obsolete] " : "";
}
