using System.Reflection;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// Binds the [FromBody] parameter with MVC's binder, as the official ASP.NET Core integration does. MVC's formatters, JSON options and
/// messages therefore apply.
/// </summary>
internal sealed class BodyBinding(IModelMetadataProvider metadata, IModelBinderFactory binders)
{
    /// <returns>Null when the function has no such parameter, or the body is the JSON null.</returns>
    /// <exception cref="InvalidOperationException">
    /// The body is missing, is not JSON, or does not fit the parameter's type. As with the official worker, the function fails with a 500.
    /// </exception>
    public async Task<object?> BindAsync(FunctionEntry entry, HttpContext http)
    {
        if (entry.Method.GetParameters().FirstOrDefault(IsBody) is not { } parameter)
        {
            return null;
        }

        var type = metadata.GetMetadataForType(parameter.ParameterType);
        var info = new BindingInfo { BindingSource = BindingSource.Body };
        var binding = new DefaultModelBindingContext
        {
            ActionContext = new ActionContext { HttpContext = http },
            BindingSource = BindingSource.Body,
            ModelMetadata = type,
            ModelName = "",
            ModelState = new ModelStateDictionary(),
        };
        await binders.CreateBinder(new ModelBinderFactoryContext { Metadata = type, BindingInfo = info }).BindModelAsync(binding);
        return binding.Result.IsModelSet
            ? binding.Result.Model
            : throw new InvalidOperationException(
                string.Join(' ', binding.ModelState.Values.SelectMany(entries => entries.Errors).Select(error => error.ErrorMessage))
            );
    }

    public static bool IsBody(ParameterInfo parameter) => parameter.IsDefined(typeof(FromBodyAttribute), inherit: false);
}
