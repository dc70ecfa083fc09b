using System.Collections;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Triggers;

/// <summary>The parameter types that can hold data from text, bytes or JSON.</summary>
internal static class ParameterTypes
{
    public static bool IsValue(Type type) =>
        !type.IsByRef
        && !type.IsPointer
        && !type.ContainsGenericParameters
        && !typeof(Delegate).IsAssignableFrom(type)
        && !typeof(Stream).IsAssignableFrom(type)
        && !typeof(Task).IsAssignableFrom(type)
        && type != typeof(HttpRequest)
        && type != typeof(HttpContext)
        && (!type.IsAbstract || typeof(IEnumerable).IsAssignableFrom(type));
}
