using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Invocation;

/// <summary>The worker's definition of a function, read from its method by reflection.</summary>
internal sealed class DeclaredFunction(FunctionEntry entry) : FunctionDefinition
{
    private const string Return = "$return";
    private const string Http = "http";

    public override ImmutableArray<FunctionParameter> Parameters { get; } = [.. entry.Method.GetParameters().Select(Describe)];

    public override string PathToAssembly => entry.Method.Module.Assembly.Location;

    public override string EntryPoint => entry.EntryPoint;

    public override string Id => entry.Name;

    public override string Name => entry.Name;

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } =
        entry
            .Method.GetParameters()
            .Select(parameter => (parameter.Name, Attribute: parameter.GetCustomAttribute<BindingAttribute>()))
            .Where(found => found is { Name: not null, Attribute: not null })
            .ToImmutableDictionary(
                found => found.Name ?? "",
                found => (BindingMetadata)new Binding(found.Name ?? "", TypeOf(found.Attribute), BindingDirection.In)
            );

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; } = Outputs(entry);

    private static ImmutableDictionary<string, BindingMetadata> Outputs(FunctionEntry entry)
    {
        var shape = ResultShape.Of(entry.Method);
        var parts = shape.Parts.Select(part => (part.Property.Name, Type: TypeOf(part.Output))).ToList();
        if (shape.HttpAnswer is { } answer)
        {
            parts.Add((answer.Name, Http));
        }

        // Without parts, one output binds the whole return value. An HTTP function returns its response.
        var whole =
            shape.Whole.Count > 0 ? TypeOf(shape.Whole[0])
            : parts.Count == 0 && entry.Trigger is HttpTriggerAttribute ? Http
            : null;
        return (whole is null ? parts : [.. parts, (Return, whole)]).ToImmutableDictionary(
            output => output.Name,
            output => (BindingMetadata)new Binding(output.Name, output.Type, BindingDirection.Out)
        );
    }

    private static FunctionParameter Describe(ParameterInfo parameter) =>
        new(
            parameter.Name ?? "",
            parameter.ParameterType,
            parameter.HasDefaultValue,
            parameter.HasDefaultValue ? parameter.DefaultValue : null,
            parameter.GetCustomAttribute<BindingAttribute>() is { } attribute
                ? ImmutableDictionary<string, object>.Empty.Add("bindingAttribute", attribute)
                : ImmutableDictionary<string, object>.Empty
        );

    /// <summary>Derives the binding type: HttpTriggerAttribute becomes httpTrigger, QueueOutputAttribute becomes queue.</summary>
    private static string TypeOf(BindingAttribute? attribute)
    {
        var name =
            attribute?.GetType().Name.Replace("Attribute", "", StringComparison.Ordinal).Replace("Output", "", StringComparison.Ordinal)
            ?? "";
        return name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];
    }

    private sealed class Binding(string name, string type, BindingDirection direction) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => direction;
    }
}
