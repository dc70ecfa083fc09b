using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// Requires an explicit authorization level for every HTTP function. A constructor of <see cref="HttpTriggerAttribute"/> without a level
/// means <see cref="AuthorizationLevel.Anonymous"/>: a forgotten level would make the function public.
/// </summary>
internal static class HttpAccess
{
    /// <returns>The error. Null when the level is explicit.</returns>
    public static string? Check(FunctionEntry entry) =>
        entry
            .TriggerParameter.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(HttpTriggerAttribute))
            .Any(attribute => attribute.ConstructorArguments.Any(argument => argument.ArgumentType == typeof(AuthorizationLevel)))
            ? null
            : "its HTTP trigger has no authorization level, which makes the function public. "
                + $"Write [HttpTrigger(AuthorizationLevel.Function, ...)], or {nameof(AuthorizationLevel.Anonymous)} if it is public.";
}
