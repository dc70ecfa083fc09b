using System.Text.Json.Nodes;
using MeshPort.Sandbox.Chains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary><c>/sandbox/chain</c>: the longest chain of Azure's own work so far, in simulated seconds.</summary>
internal sealed class ChainRoutes(AzureSandbox sandbox)
{
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/sandbox/chain", http => ControlAnswers.WriteAsync(http, 200, Describe(sandbox.LongestChain)));

    private static JsonObject Describe(SandboxChain chain) =>
        new()
        {
            ["seconds"] = chain.Length.TotalSeconds,
            ["links"] = new JsonArray([
                .. chain.Links.Select(link =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["kind"] = link.Kind,
                            ["target"] = link.Target,
                            ["started"] = link.Started,
                            ["seconds"] = link.Takes.TotalSeconds,
                        }
                ),
            ]),
        };
}
