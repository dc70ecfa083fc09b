using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Invocation;

/// <summary>
/// The destinations of a function's result: one output for the whole value, or an object whose properties are outputs and the HTTP
/// response.
/// </summary>
/// <param name="Type">The type of the awaited result. Void for none.</param>
/// <param name="Whole">The output attributes of the method.</param>
/// <param name="Parts">The output attributes of the result's properties.</param>
/// <param name="HttpAnswer">The property with [HttpResult]. Null when the whole result is the response.</param>
internal sealed record ResultShape(
    Type Type,
    IReadOnlyList<OutputBindingAttribute> Whole,
    IReadOnlyList<(PropertyInfo Property, OutputBindingAttribute Output)> Parts,
    PropertyInfo? HttpAnswer
)
{
    private static readonly ConcurrentDictionary<MethodInfo, ResultShape> Known = new();

    public bool HasOutputs => Whole.Count + Parts.Count > 0;

    public static ResultShape Of(MethodInfo method) => Known.GetOrAdd(method, Read);

    public IEnumerable<QueueOutputAttribute> QueueOutputs => Whole.Concat(Parts.Select(part => part.Output)).OfType<QueueOutputAttribute>();

    private static ResultShape Read(MethodInfo method)
    {
        var type = Awaited(method.ReturnType);
        var properties = type.IsPrimitive || type.IsArray ? [] : type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        return new ResultShape(
            type,
            [.. method.GetCustomAttributes<OutputBindingAttribute>()],
            [
                .. properties.SelectMany(property =>
                    property
                        .GetCustomAttributes<OutputBindingAttribute>()
                        .Where(output => output is not HttpResultAttribute)
                        .Select(output => (property, output))
                ),
            ],
            properties.FirstOrDefault(property => property.IsDefined(typeof(HttpResultAttribute), inherit: false))
        );
    }

    private static Type Awaited(Type type)
    {
        if (type == typeof(Task) || type == typeof(ValueTask))
        {
            return typeof(void);
        }

        return
            type.IsGenericType
            && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            ? type.GetGenericArguments()[0]
            : type;
    }
}
