using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary><c>/sandbox/clusters</c>: lists clusters and returns an administrator's kubeconfig for each.</summary>
internal sealed class ClusterRoutes(AzureSandbox sandbox)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(
            "/sandbox/clusters",
            http =>
                ControlAnswers.WriteAsync(http, 200, new JsonObject { ["value"] = new JsonArray([.. sandbox.ClusterIds.Select(Describe)]) })
        );
        endpoints.MapGet("/sandbox/clusters/kubeconfig", KubeconfigAsync);
    }

    private JsonNode Describe(string id)
    {
        var described = new JsonObject { ["id"] = id };
        if (sandbox.LastFault(id) is { } fault)
        {
            described["lastFault"] = fault;
        }

        return described;
    }

    private Task KubeconfigAsync(HttpContext http)
    {
        var id = http.Request.Query["id"].ToString();
        if (!sandbox.ClusterIds.Contains(id, StringComparer.OrdinalIgnoreCase))
        {
            return ControlAnswers.RefuseAsync(
                http,
                404,
                "NotFound",
                $"There is no cluster '{id}'; pass the ARM id of an existing cluster as ?id=."
            );
        }

        http.Response.ContentType = "application/yaml";
        return http.Response.WriteAsync(sandbox.AdminKubeconfig(id), http.RequestAborted);
    }
}
