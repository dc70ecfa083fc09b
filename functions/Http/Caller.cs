using System.Diagnostics;
using MeshPort.Clusters;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Http;

/// <summary>Who sends a request, for the history of what it changes.</summary>
internal static class Caller
{
    public static Requester Of(HttpRequest request) =>
        new(RequestTrigger.Http, request.HttpContext.User.Identity?.Name, Activity.Current?.TraceId.ToHexString() ?? request.HttpContext.TraceIdentifier);
}
