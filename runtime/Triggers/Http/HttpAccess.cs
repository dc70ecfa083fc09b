using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// Every HTTP function names its authorization level. The constructors of <see cref="HttpTriggerAttribute"/> that take no level mean
/// <see cref="AuthorizationLevel.Anonymous"/>: a level that somebody forgot would open the function to everybody.
/// </summary>
internal static class HttpAccess
{
    /// <returns>What is wrong; null when the level is written out.</returns>
    public static string? Check(FunctionEntry entry) =>
        entry
            .TriggerParameter.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(HttpTriggerAttribute))
            .Any(attribute => attribute.ConstructorArguments.Any(argument => argument.ArgumentType == typeof(AuthorizationLevel)))
            ? null
            : "its HTTP trigger names no authorization level, which would let everybody in. "
                + $"Write [HttpTrigger(AuthorizationLevel.Function, ...)], or {nameof(AuthorizationLevel.Anonymous)} where that is meant.";
}
