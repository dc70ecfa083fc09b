using MeshPort.Runtime.Contract.Worker.Converters;

namespace MeshPort.Runtime.Contract.Worker.Http;

/// <summary>Binds a parameter of an HTTP function to the request's JSON body. The MVC attribute of the same name does not (functions-api A11).</summary>
#pragma warning disable CA1813 // not sealed in the official package either
public class FromBodyAttribute : InputConverterAttribute
#pragma warning restore CA1813
{
}
