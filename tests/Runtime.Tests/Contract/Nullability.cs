using System.Collections.ObjectModel;
using System.Reflection;

namespace MeshPort.Runtime.Tests.Contract;

/// <summary>
/// The nullability of the types in one declaration, in the order in which the compiler wrote it (dotnet/roslyn, docs/features/nullable-metadata.md).
/// NullabilityInfoContext is not used: it takes the type parameters of a method for nullable ones.
/// </summary>
internal sealed class Nullability
{
    private const byte Annotated = 2;

    private readonly byte[] _flags;
    private int _next;

    private Nullability(IEnumerable<CustomAttributeData> attributes, byte context)
    {
        var argument = attributes.FirstOrDefault(attribute => attribute.AttributeType.Name == "NullableAttribute")?.ConstructorArguments[0];
        _flags = argument?.Value switch
        {
            byte one => [one],
            ReadOnlyCollection<CustomAttributeTypedArgument> many => [.. many.Select(flag => flag.Value is byte value ? value : (byte)0)],
            _ => [context],
        };
    }

    public static Nullability Of(ParameterInfo parameter) => new(parameter.CustomAttributes, Context(parameter.Member));

    public static Nullability Of(MemberInfo member) => new(member.CustomAttributes, Context(member.DeclaringType));

    /// <summary>Takes the next flag: once for each reference type, type parameter or generic value type, from the outside in.</summary>
    public bool TakeIsAnnotated()
    {
        var flag = _flags.Length == 1 ? _flags[0] : _flags[_next];
        _next++;
        return flag == Annotated;
    }

    /// <summary>What holds where nothing is written: the method's, else its type's, else the type's around that.</summary>
    private static byte Context(MemberInfo? member)
    {
        for (; member is not null; member = member.DeclaringType)
        {
            if (member.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.Name == "NullableContextAttribute")?.ConstructorArguments[0].Value is byte flag)
            {
                return flag;
            }
        }

        return 0;
    }
}
