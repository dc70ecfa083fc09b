using MeshPort.Model;
using MeshPort.Telemetry;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Who sends a request, for the history of what it changes.</summary>
internal static class Caller
{
    public static Requester Of(HttpRequest request) =>
        new(RequestTrigger.Http, request.HttpContext.User.Identity?.Name, Correlation.Of(request.HttpContext));
}
