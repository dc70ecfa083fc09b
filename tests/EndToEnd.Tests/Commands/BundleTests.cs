using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Host.Bundles;
using MeshPort.Sandbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary><c>meshport bundle</c>: what MeshPort knows, without secrets, also when some of it cannot be had.</summary>
public sealed class BundleTests : IAsyncDisposable
{
    private const string Secret = "s3cret-word";
    private const string Other = "/api/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/lab/clusters/lab";
    private const string OtherFolder = "clusters/00000000-0000-0000-0000-000000000000/lab/lab";
    private readonly ScriptedServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bundle_has_what_MeshPort_knows_and_no_secret()
    {
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 300 }, Token);
        var settings = new Dictionary<string, string>(Walkthrough.Settings(azure))
        {
            ["MeshPort__FunctionKey"] = $"key-{Secret}",
            ["MeshPortState"] = $"DefaultEndpointsProtocol=https;AccountName=lab;AccountKey={Secret}",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = $"api-key={Secret}",
            ["MeshPort__Kubeconfigs__lab"] = _server.Home.Write("kubeconfig", Kubeconfig(LoopbackPorts.Free())),
        };
        await using var serve = MeshPortProcess.Serve(settings, _server.Home["data"], timeScale: 300);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = await serve.ReadyAsync(Token) };
        client.DefaultRequestHeaders.Add("x-functions-key", $"key-{Secret}");
        var proxy = JsonNode.Parse($$$"""{"httpProxyConfig":{"httpProxy":"http://proxy:3128/?token={{{Secret}}}"}}""");
        await PutAsync(client, CommandLine.ClusterPath, JsonSerializer.SerializeToElement(FailureRoom.ClusterWith("extra", proxy!)));
        await PutAsync(client, Other, JsonElement.Parse("""{"location":"eastus2","connection":"kubeconfig:lab"}"""));
        await PutAsync(client, $"{Other}/exposures/echo", JsonElement.Parse(Exposure));
        await Wait.UntilAsync(
            "the log has a convergence",
            Walkthrough.Within,
            () => serve.Errors.Contains("The convergence of", StringComparison.Ordinal),
            Token
        );
        var user = new Dictionary<string, string>(CommandLine.UserOf(_server.Home))
        {
            ["MESHPORT_URL"] = $"{client.BaseAddress}",
            ["MESHPORT_KEY"] = $"key-{Secret}",
        };

        var bundle = _server.Home["bundle.zip"];
        (await CommandLine.RunAloneAsync(user, null, "bundle", "--to", bundle, "--data", _server.Home["data"])).Must(0).Says("bundle.zip$");

        var files = await ReadAsync(bundle);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(bundle) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Contains($"log.txt is from {_server.Home["data"]}.", files["README.txt"], StringComparison.Ordinal);
        Assert.Contains("Nothing is missing.", files["README.txt"], StringComparison.Ordinal);
        Assert.Contains("\"location\": \"eastus2\"", files["clusters.json"], StringComparison.Ordinal);
        Assert.Contains("MeshPort:Azure:ClientSecret", files["settings.json"], StringComparison.Ordinal);
        Assert.Contains("The convergence of", files["log.txt"], StringComparison.Ordinal);
        var exposure = files[$"{OtherFolder}/exposures/echo.json"];
        Assert.Contains("\"PASSWORD\"", exposure, StringComparison.Ordinal);
        Assert.Contains("\"Asked\"", exposure, StringComparison.Ordinal);
        Assert.Contains(Secret, await client.GetStringAsync($"{Other}/exposures/echo", Token), StringComparison.Ordinal);
        Assert.All(
            (string[])[Secret, azure.ClientSecret, "eyJ", "BEGIN ", "AccountKey"],
            secret =>
                Assert.All(files, file => Assert.DoesNotContain(secret, $"{file.Key}{file.Value}", StringComparison.OrdinalIgnoreCase))
        );
    }

    [Fact]
    public async Task A_bundle_says_what_is_missing()
    {
        await _server.StartAsync(server =>
        {
            var resource = ScriptedServer.Resource(CommandLine.ClusterPath);
            server.MapGet("/openapi.yaml", () => "openapi: 3.1.0\ninfo:\n  title: MeshPort\n  version: 0.1.0\n");
            server.MapGet("/health/ready", () => Problem(503, "MeshPort is not ready", "The state store cannot be read."));
            server.MapGet("/api/clusters", () => ScriptedServer.Json($$"""{"value":[{{resource}},{{ScriptedServer.Resource(Other)}}]}"""));
            server.MapGet(CommandLine.ClusterPath, () => Problem(403, "Forbidden", "Your role may not access it."));
            server.MapGet(Other, () => ScriptedServer.Json(ScriptedServer.Resource(Other)));
            server.MapGet("/api/{**path}", () => ScriptedServer.Json("""{"value":[]}"""));
        });

        var bundle = _server.Home["bundle.zip"];
        (await CommandLine.RunAloneAsync(_server.User, null, "bundle", "--to", bundle))
            .Must(1)
            .Complains("Missing: health.json: MeshPort is not ready. The state store cannot be read.")
            .Complains("istiotest/istiotest/cluster.json: Forbidden. Your role may not access it.")
            .Complains("Missing: log.txt");

        var files = await ReadAsync(bundle);
        Assert.Contains("cluster.json: Forbidden", files["README.txt"], StringComparison.Ordinal);
        Assert.Contains($"{OtherFolder}/cluster.json", files.Keys);

        (await CommandLine.RunAloneAsync(_server.User, null, "bundle", "--to", bundle)).Must(2).Complains("exists. Name another file");
    }

    /// <summary>A line of the log may quote a field, and only specs tell which fields are secrets.</summary>
    [Fact]
    public async Task A_bundle_has_no_log_when_specs_cannot_be_read()
    {
        await _server.StartAsync(server =>
        {
            MapHealth(server);
            server.MapGet("/api/clusters", () => ScriptedServer.Json($$"""{"value":[{{ScriptedServer.Resource(Other)}}]}"""));
            server.MapGet($"{Other}/exposures", () => Problem(403, "Forbidden", "Your role may not access it."));
            server.MapGet("/api/{**path}", () => ScriptedServer.Json("""{"value":[]}"""));
        });
        _server.Home.Write("meshport.log", $"Error: Invalid value: {Secret}\n");

        await HasNoLogAsync("refused.zip", "exposures.json: Forbidden");
        await _server.StopAsync();
        await HasNoLogAsync("lost.zip", "does not answer");

        async Task HasNoLogAsync(string bundle, string reason)
        {
            (await CommandLine.RunAloneAsync(_server.User, null, "bundle", "--to", _server.Home[bundle], "--data", _server.Home.Path))
                .Must(1)
                .Complains(reason)
                .Complains(_server.Home["meshport.log"]);
            var files = await ReadAsync(_server.Home[bundle]);
            Assert.Contains("log.txt: It may quote secrets", files["README.txt"], StringComparison.Ordinal);
            Assert.All(files.Values, text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal));
        }
    }

    /// <summary>The specs of the selected server do not tell the secrets of another one.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("""{"Address":"http://127.0.0.1:9/","IsSandbox":false}""")]
    public async Task A_bundle_has_no_log_of_another_server(string? serve)
    {
        await _server.StartAsync(server =>
        {
            MapHealth(server);
            server.MapGet("/api/{**path}", () => ScriptedServer.Json("""{"value":[]}"""));
        });
        _server.Home.Write("meshport.log", $"Error: Invalid value: {Secret}\n");
        if (serve is not null)
        {
            _server.Home.Write("serve.json", serve);
        }

        (
            await CommandLine.RunAloneAsync(
                _server.User,
                null,
                "bundle",
                "-A",
                "--to",
                _server.Home["bundle.zip"],
                "--data",
                _server.Home.Path
            )
        )
            .Must(1)
            .Complains($"Missing: log.txt: It may quote secrets of specs that were not read. Read {_server.Home["meshport.log"]}")
            .Complains($"select the server of {_server.Home.Path}");
        Assert.All(
            (await ReadAsync(_server.Home["bundle.zip"])).Values,
            text => Assert.DoesNotContain(Secret, text, StringComparison.Ordinal)
        );
    }

    /// <summary>The exposures that are not Ready may be in the last cluster.</summary>
    [Fact]
    public async Task A_bundle_has_the_histories_of_exposures_that_are_not_ready_and_says_how_many_are_missing()
    {
        var ready = Enumerable.Range(0, 200).Select(number => ScriptedServer.Resource($"{CommandLine.ClusterPath}/exposures/e{number}"));
        var failed = ScriptedServer.Resource($"{Other}/exposures/failed").Replace("\"True\"", "\"False\"", StringComparison.Ordinal);
        await _server.StartAsync(server =>
        {
            MapHealth(server);
            var clusters = $"{ScriptedServer.Resource(CommandLine.ClusterPath)},{ScriptedServer.Resource(Other)}";
            server.MapGet("/api/clusters", () => ScriptedServer.Json($$"""{"value":[{{clusters}}]}"""));
            server.MapGet(
                $"{CommandLine.ClusterPath}/exposures",
                () => ScriptedServer.Json($$"""{"value":[{{string.Join(',', ready)}}]}""")
            );
            server.MapGet($"{Other}/exposures", () => ScriptedServer.Json($$"""{"value":[{{failed}}]}"""));
            server.MapGet($"{Other}/exposures/failed", () => ScriptedServer.Json(failed));
            server.MapGet("/api/{**path}", () => ScriptedServer.Json(ScriptedServer.Resource(Other)));
        });

        (await CommandLine.RunAloneAsync(_server.User, null, "bundle", "--to", _server.Home["bundle.zip"]))
            .Must(1)
            .Complains("Missing: the histories of 1 exposures");
        Assert.Contains($"{OtherFolder}/exposures/failed.json", (await ReadAsync(_server.Home["bundle.zip"])).Keys);
    }

    /// <summary>The log of this machine is of another server than the one that the user means.</summary>
    [Fact]
    public async Task A_misspelt_context_is_an_error_and_a_remote_server_brings_no_log_of_this_machine()
    {
        var data = Directory.CreateDirectory(_server.Home[Path.Combine("data", "meshport")]);
        File.WriteAllText(Path.Combine(data.FullName, "meshport.log"), "of another server\n");
        var bundle = _server.Home["bundle.zip"];

        (await CommandLine.RunAloneAsync(_server.User, null, "bundle", "--context", "misspelt", "--to", bundle))
            .Must(2)
            .Complains("There is no context 'misspelt'");
        Assert.False(File.Exists(bundle));

        (await CommandLine.RunAloneAsync(_server.User, null, "bundle", "--to", bundle))
            .Must(1)
            .Complains("log.txt: The server is not one of this machine.");
    }

    [Fact]
    public void Fields_of_specs_stay_out_until_a_list_has_them()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "environment.schema.json")));
        var cluster = Leaves(schema, "cluster").Where(path => path.StartsWith("spec", StringComparison.Ordinal)).ToList();
        var exposure = Leaves(schema, "exposures")
            .Where(path => path.StartsWith("*/spec", StringComparison.Ordinal))
            .Select(path => path[2..])
            .ToList();

        Assert.True(cluster.Count > 60 && exposure.Count > 60, "The fields were not found.");
        Assert.Equal(
            ["discover/namespaceSelector", "extra", "nodePools/*/labels", "nodePools/*/taints/*", "tags"],
            LeftOut(cluster, BundledFields.Cluster)
        );
        Assert.Equal(
            [
                "probe/expect",
                "probe/send",
                "workload/args/*",
                "workload/command/*",
                "workload/env/*/value",
                "workload/livenessProbe/exec/command/*",
                "workload/livenessProbe/httpGet/path",
                "workload/nodeSelector",
                "workload/readinessProbe/exec/command/*",
                "workload/readinessProbe/httpGet/path",
                "workload/startupProbe/exec/command/*",
                "workload/startupProbe/httpGet/path",
            ],
            LeftOut(exposure, BundledFields.Exposure)
        );
    }

    [Theory]
    [InlineData("GET https://user:pass@host/x?code=abc&top=1 failed", "GET https://(left out)@host/x?code=(left out)&top=1 failed")]
    [InlineData("AccountName=a;AccountKey=abc==;EndpointSuffix=x", "AccountName=a;AccountKey=(left out);EndpointSuffix=x")]
    [InlineData("Authorization: Bearer eyJhbGciOi.eyJzdWIi.abc", "Authorization: Bearer (left out)")]
    [InlineData("key -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- end", "key (left out) end")]
    [InlineData("Invalid value: \"p@ss word\" (cEBzcyB3b3Jk, p%40ss%20word)", "Invalid value: \"(left out)\" ((left out), (left out))")]
    [InlineData("2026 Error X: y\n  first line\n  second", "2026 Error X: y\n  (left out)")]
    [InlineData("Invalid value: \"first line\\nsecond\"", "Invalid value: \"(left out)\"")]
    [InlineData("Invalid value: \"test\" of latest", "Invalid value: \"(left out)\" of latest")]
    [InlineData("a-test-of-parts", "(left out)")]
    [InlineData("PIN 123456, not 9000", "PIN (left out), not 9000")]
    [InlineData("Connected to 10.0.0.4:9000.", "Connected to 10.0.0.4:9000.")]
    [InlineData(@"Invalid value: ""pa\""ss\\w<rd""", @"Invalid value: ""(left out)""")]
    [InlineData(@"{""value"":""pa\""ss\\w\u003crd""}", @"{""value"":""(left out)""}")]
    [InlineData(@"{""value"":""pa\u0022ss\\w\u003Crd""}", @"{""value"":""(left out)""}")]
    [InlineData(@"Invalid value: ""say \""hello\""\nbye""", @"Invalid value: ""(left out)""")]
    public void Messages_are_masked(string message, string expected)
    {
        var mask = new SecretMask();
        mask.Add([
            "p@ss word",
            "9000",
            null,
            "first line\nsecond\n",
            "test",
            "a-test-of-parts",
            "123456",
            "on",
            @"pa""ss\w<rd",
            "say \"hello\"\nbye",
        ]);

        Assert.Equal(expected, mask.Apply(message));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static readonly string Exposure = $$"""
        {
          "port": 9000,
          "backends": [{ "service": "echo", "port": 9000 }],
          "workload": {
            "image": "echo:1",
            "containerPort": 9000,
            "args": ["--token", "arg-{{Secret}}"],
            "env": [{ "name": "PASSWORD", "value": "env-{{Secret}}" }],
            "livenessProbe": { "httpGet": { "port": 9000, "path": "/?token={{Secret}}" } }
          },
          "probe": { "send": "AUTH {{Secret}}", "expect": "OK {{Secret}}" }
        }
        """;

    private static string Kubeconfig(int port) =>
        $$"""
            apiVersion: v1
            kind: Config
            current-context: lab
            contexts: [{ name: lab, context: { cluster: lab, user: lab } }]
            clusters: [{ name: lab, cluster: { server: "https://127.0.0.1:{{port}}" } }]
            users: [{ name: lab, user: { token: "token-{{Secret}}" } }]
            """;

    private static void MapHealth(WebApplication server)
    {
        server.MapGet("/openapi.yaml", () => "openapi: 3.1.0\ninfo:\n  title: MeshPort\n  version: 0.1.0\n");
        server.MapGet("/health/ready", () => ScriptedServer.Json("{}"));
    }

    private static IResult Problem(int status, string title, string detail) =>
        Results.Text($$"""{"title":"{{title}}","detail":"{{detail}}"}""", "application/problem+json", statusCode: status);

    private static async Task PutAsync(HttpClient client, string path, JsonElement spec)
    {
        using var answer = await client.PutAsJsonAsync(path, new { spec }, Token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    private static async Task<Dictionary<string, string>> ReadAsync(string path)
    {
        await using var zip = await ZipFile.OpenReadAsync(path, Token);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(Token));
            files.Add(entry.FullName, await reader.ReadToEndAsync(Token));
        }

        return files;
    }

    private static IEnumerable<string> LeftOut(IEnumerable<string> paths, FieldAllowList list) =>
        paths.Where(path => !list.Allows(path)).Select(path => path["spec/".Length..]).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The paths of the fields without further fields in a part of the schema.</summary>
    private static IEnumerable<string> Leaves(JsonNode? schema, string part)
    {
        return Of(schema?["properties"]?[part], "");

        IEnumerable<string> Of(JsonNode? node, string path)
        {
            if (node?["$ref"]?.GetValue<string>() is { } reference)
            {
                return Of(schema?["$defs"]?[reference.Split('/')[^1]], path);
            }

            var choices = (node?["oneOf"] ?? node?["anyOf"])?.AsArray();
            return node?["properties"] is JsonObject fields ? fields.SelectMany(field => Of(field.Value, $"{path}/{field.Key}"))
                : node?["items"] is { } items ? Of(items, $"{path}/*")
                : choices is not null ? choices.SelectMany(choice => Of(choice, path))
                : [path.TrimStart('/')];
        }
    }
}
