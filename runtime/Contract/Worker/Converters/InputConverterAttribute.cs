namespace MeshPort.Runtime.Contract.Worker.Converters;

/// <summary>The base of attributes that say how a value is bound. Its official constructor, which names a converter, is left out: there are no converters of the application's own here.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Interface | AttributeTargets.Parameter)]
#pragma warning disable CA1813 // not sealed in the official package either
public class InputConverterAttribute : Attribute
#pragma warning restore CA1813
{
    private protected InputConverterAttribute()
    {
        // Only the contract's own attributes derive from it.
    }
}
