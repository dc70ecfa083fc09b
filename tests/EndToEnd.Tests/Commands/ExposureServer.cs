using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>A scripted server with one cluster, which is Ready, and its exposures.</summary>
internal sealed class ExposureServer : IAsyncDisposable
{
    public const string Cluster = "00000000-0000-0000-0000-000000000000/istiotest/istiotest";
    private const string Collection = CommandLine.ClusterPath + "/exposures";
    private const string Operations = CommandLine.ClusterPath + "/operations";
    private readonly ScriptedServer _server = new();
    private int _polls;

    /// <summary>The exposures by their names.</summary>
    public Dictionary<string, JsonObject> Exposures { get; } = [];

    /// <summary>The conditions of the PUTs and DELETEs that arrived: <c>If-Match "1-a"</c>.</summary>
    public List<string> Conditions { get; } = [];

    /// <summary>Whether a convergence of all exposures runs. It ends at the second poll.</summary>
    public bool IsConverging { get; set; }

    /// <summary>What the convergence does at its end.</summary>
    public Action Converge { get; set; } = () => { };

    /// <summary>Runs before a PUT, or after the dry run of a DELETE, as a request of somebody else.</summary>
    public Action Meanwhile { get; set; } = () => { };

    /// <param name="ready">The status of Ready.</param>
    /// <param name="observed">The generation that Ready is about.</param>
    /// <param name="owner">The Service whose annotation requests it.</param>
    public void Set(string name, string spec, int generation = 1, string ready = "True", int observed = 1, string? owner = null)
    {
        var reason = ready switch
        {
            "True" => "AsDesired",
            "False" => "WrongAnswer",
            _ => "Pending",
        };
        var exposure = new JsonObject
        {
            ["spec"] = JsonNode.Parse(spec),
            ["metadata"] = new JsonObject
            {
                ["id"] = $"{Collection}/{name}",
                ["name"] = name,
                ["generation"] = generation,
                ["etag"] = $"{generation}-a",
            },
            ["status"] = new JsonObject
            {
                ["observedGeneration"] = observed,
                ["conditions"] = new JsonArray([
                    .. new[] { "Reachable", "Ready" }.Select(type =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["type"] = type,
                                ["status"] = ready,
                                ["reason"] = reason,
                                ["message"] = $"Observed in generation {observed}.",
                                ["observedGeneration"] = observed,
                            }
                    ),
                ]),
            },
        };
        if (owner is not null)
        {
            exposure["metadata"]!["owner"] = new JsonObject { ["namespace"] = "default", ["service"] = owner }; // set above
        }

        Exposures[name] = exposure;
    }

    public Task StartAsync() =>
        _server.StartAsync(server =>
        {
            server.MapGet(CommandLine.ClusterPath, () => ScriptedServer.Json(ScriptedServer.Resource(CommandLine.ClusterPath)));
            server.MapGet(Collection, () => Results.Json(new { value = Exposures.Values }));
            server.MapGet(
                Collection + "/{name}",
                (string name) => Exposures.TryGetValue(name, out var found) ? Results.Json(found) : Lost()
            );
            server.MapPut(Collection + "/{name}", PutAsync);
            server.MapDelete(Collection + "/{name}", Delete);
            server.MapPost(
                CommandLine.ClusterPath + "/reconcile",
                (HttpContext http) =>
                {
                    IsConverging = true;
                    http.Response.Headers.Location = $"{Operations}/1";
                    return Results.StatusCode(202);
                }
            );
            server.MapGet(Operations, () => Results.Json(new { value = new[] { Operation() } }));
            server.MapGet(
                Operations + "/1",
                () =>
                {
                    if (IsConverging && ++_polls > 1)
                    {
                        IsConverging = false;
                        Converge();
                    }

                    return Results.Json(Operation());
                }
            );
        });

    public Task<Outcome> RunAsync(params string[] arguments) => _server.RunAsync(arguments);

    public Task<Outcome> ExposeAsync(params string[] arguments) => RunAsync(["expose", .. arguments, "--cluster", Cluster]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<IResult> PutAsync(string name, HttpContext http)
    {
        var body = await http.Request.ReadFromJsonAsync<JsonObject>();
        Meanwhile();
        Meanwhile = () => { };
        var found = Exposures.GetValueOrDefault(name);
        var (match, noneMatch) = ($"{http.Request.Headers.IfMatch}", $"{http.Request.Headers.IfNoneMatch}");
        Conditions.Add(noneMatch.Length > 0 ? $"If-None-Match {noneMatch}" : $"If-Match {match}");
        var isChanged = match.Length > 0 && match != $"\"{found?["metadata"]?["etag"]}\"";
        if (isChanged || (noneMatch.Length > 0 && found is not null))
        {
            return Problem(412, "If-Match or If-None-Match does not hold");
        }

        var spec = body?["spec"] ?? throw new InvalidOperationException("The request has no spec.");
        if (found is not null && JsonNode.DeepEquals(found["spec"], spec))
        {
            return Results.Json(found);
        }

        var generation = int.Parse($"{found?["metadata"]?["generation"] ?? 0}", CultureInfo.InvariantCulture) + 1;
        Set(name, spec.ToJsonString(), generation, found is null ? "Unknown" : "True", generation - 1);
        IsConverging = true;
        http.Response.Headers.Location = $"{Operations}/1";
        return Results.Json(Exposures[name], statusCode: found is null ? 201 : 200);
    }

    private IResult Delete(string name, HttpContext http)
    {
        if (http.Request.Query.ContainsKey("dryRun"))
        {
            Meanwhile();
            Meanwhile = () => { };
            return ScriptedServer.Json("""{"changes":[]}""");
        }

        var match = $"{http.Request.Headers.IfMatch}";
        Conditions.Add($"If-Match {match}");
        if (match != $"\"{Exposures[name]["metadata"]?["etag"]}\"")
        {
            return Problem(412, "If-Match or If-None-Match does not hold");
        }

        Exposures.Remove(name);
        http.Response.Headers.Location = $"{Operations}/1";
        return Results.StatusCode(202);
    }

    private object Operation() =>
        new
        {
            id = "1",
            path = $"{Operations}/1",
            status = IsConverging ? "Running" : "Succeeded",
            startedAt = "2026-01-01T12:00:00Z",
            steps = Array.Empty<object>(),
        };

    private static IResult Lost() => Problem(404, "Not found");

    private static IResult Problem(int status, string title) =>
        Results.Text(JsonSerializer.Serialize(new { title }), "application/problem+json", statusCode: status);
}
