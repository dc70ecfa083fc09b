using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Functions.Tests;

/// <summary>A function as its attributes declare it.</summary>
/// <param name="Trigger">The binding's name in the Functions host, such as <c>httpTrigger</c>.</param>
/// <param name="AuthLevel">Null unless the trigger is an HTTP trigger whose constructor names the level.</param>
internal sealed record DeclaredFunction(string Name, string Trigger, string? AuthLevel)
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    public const string Http = "httpTrigger";

    /// <summary>The methods of all functions of MeshPort.</summary>
    public static IReadOnlyList<MethodInfo> Methods { get; } =
    [
        .. typeof(MeshPortServices)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(Declared))
            .Where(method => method.IsDefined(typeof(FunctionAttribute))),
    ];

    /// <summary>All functions of MeshPort, ordered by name.</summary>
    public static IReadOnlyList<DeclaredFunction> All { get; } =
    [
        .. Methods
            .SelectMany(method => method.GetCustomAttributes<FunctionAttribute>().Select(function => Read(function.Name, method)))
            .OrderBy(function => function.Name, StringComparer.Ordinal),
    ];

    private static DeclaredFunction Read(string name, MethodInfo method)
    {
        var trigger = method
            .GetParameters()
            .SelectMany(parameter => parameter.GetCustomAttributesData())
            .Single(attribute => attribute.AttributeType.IsSubclassOf(typeof(TriggerBindingAttribute)));
        var binding = trigger.AttributeType.Name[..^nameof(Attribute).Length];
        return new DeclaredFunction(name, char.ToLowerInvariant(binding[0]) + binding[1..], ReadAuthLevel(trigger));
    }

    private static string? ReadAuthLevel(CustomAttributeData trigger) =>
        trigger
            .ConstructorArguments.Where(argument => argument.ArgumentType == typeof(AuthorizationLevel))
            .Select(argument => Enum.GetName(typeof(AuthorizationLevel), argument.Value ?? -1))
            .SingleOrDefault();
}
