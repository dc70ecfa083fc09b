using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>The points of the measured short list, one test each.</summary>
public sealed class ServerSideApplyTests : IAsyncLifetime
{
    private const string Path = "/api/v1/namespaces/default/services/ssa";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(scale: 1); // assigns the address only after the test
        await SendAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/default/services?fieldManager=cloud-owner",
            """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa"},"spec":{"type":"LoadBalancer","selector":{"app":"x"},
             "ports":[{"name":"status-port","port":15021},{"name":"http2","port":80},{"name":"https","port":443}]}}
            """
        );
        await _cluster.LoadBalancerIsBegunAsync(Path);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Point_01_an_omitted_port_is_removed_and_the_ports_of_others_stay()
    {
        await ApplyAsync(200, Port(10022), Port(10023));
        Assert.Equal<long[]>([15021, 80, 443, 10022, 10023], Ports(await GetAsync()));

        await ApplyAsync(200, Port(10023));
        Assert.Equal<long[]>([15021, 80, 443, 10023], Ports(await GetAsync()));

        await ApplyAsync(200);
        var service = await GetAsync();
        Assert.Equal([15021, 80, 443], Ports(service));
        Assert.Equal(["cloud-owner"], Managers(service));
    }

    [Fact]
    public async Task Point_01_an_omitted_spec_removes_all_ports_of_the_manager()
    {
        await ApplyAsync(200, Port(10022));

        await ApplyAsync(200, """{"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa"}}""");

        Assert.Equal<long[]>([15021, 80, 443], Ports(await GetAsync()));
    }

    [Fact]
    public async Task Point_01_managed_fields_have_the_measured_shape()
    {
        await ApplyAsync(200, Port(10022));

        var entries = (await GetAsync()).Items("metadata", "managedFields").ToArray();
        Assert.Equal(
            """{"f:spec":{"f:ports":{"k:{\u0022port\u0022:10022,\u0022protocol\u0022:\u0022TCP\u0022}":{".":{},"f:name":"""
                + """{},"f:port":{},"f:protocol":{},"f:targetPort":{}}}}}""",
            entries[0]["fieldsV1"]!.ToJsonString()
        );
        var owner = entries.Single(entry => entry.Text("manager") == "cloud-owner")!["fieldsV1"]!["f:spec"]!.AsObject();
        Assert.Equal(
            [
                "f:allocateLoadBalancerNodePorts",
                "f:externalTrafficPolicy",
                "f:internalTrafficPolicy",
                "f:ports",
                "f:selector",
                "f:sessionAffinity",
                "f:type",
            ],
            owner.Select(pair => pair.Key).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            [
                ".",
                "k:{\"port\":80,\"protocol\":\"TCP\"}",
                "k:{\"port\":443,\"protocol\":\"TCP\"}",
                "k:{\"port\":15021,\"protocol\":\"TCP\"}",
            ],
            owner["f:ports"]!.AsObject().Select(pair => pair.Key)
        );
    }

    [Fact]
    public async Task Point_02_apply_is_an_upsert_and_a_uid_guards_it()
    {
        var body = Body("ghost", Port(80));
        Assert.Equal(
            "ClusterIP",
            JsonNode
                .Parse(await SendAsync(201, HttpMethod.Patch, "/api/v1/namespaces/default/services/ghost?fieldManager=foo", body, Apply))
                .Text("spec", "type")
        );

        var gone = JsonNode.Parse(
            await SendAsync(
                409,
                HttpMethod.Patch,
                "/api/v1/namespaces/default/services/gone?fieldManager=foo",
                Body("gone", Port(80))
                    .Replace(
                        "\"name\":\"gone\"",
                        "\"name\":\"gone\",\"uid\":\"00000000-0000-0000-0000-000000000000\"",
                        StringComparison.Ordinal
                    ),
                Apply
            )
        );
        Assert.Equal("Conflict", gone.Text("reason"));
        var other = JsonNode.Parse(
            await SendAsync(
                422,
                HttpMethod.Patch,
                $"{Path}?fieldManager=foo",
                Body("ssa", Port(1))
                    .Replace(
                        "\"name\":\"ssa\"",
                        "\"name\":\"ssa\",\"uid\":\"00000000-0000-0000-0000-000000000000\"",
                        StringComparison.Ordinal
                    ),
                Apply
            )
        );
        Assert.Equal("metadata.uid", other.Items("details", "causes").First().Text("field"));
    }

    [Fact]
    public async Task Point_03_identical_values_create_a_co_owner_whose_port_survives_the_owner()
    {
        await ApplyAsync(200, Port(443, "https"));
        await SendAsync(
            200,
            HttpMethod.Put,
            $"{Path}?fieldManager=cloud-owner",
            """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa"},"spec":{"type":"LoadBalancer","selector":{"app":"x"},
            "ports":[{"name":"status-port","port":15021},{"name":"http2","port":80},{"name":"https","port":443}]}}
            """
        );
        Assert.Equal(["foo", "cloud-owner"], Managers(await GetAsync()));
        await ApplyAsync(200);

        Assert.Equal<long[]>([15021, 80, 443], Ports(await GetAsync())); // cloud-owner still owns it
    }

    [Fact]
    public async Task Point_04_a_different_value_is_a_conflict_that_names_the_manager_and_the_path()
    {
        var status = JsonNode.Parse(await ApplyAsync(409, Port(443, "https", 8443)));

        Assert.Equal(
            "Apply failed with 1 conflict: conflict with \"cloud-owner\" using v1: .spec.ports[port=443,protocol=\"TCP\"].targetPort",
            status.Text("message")
        );
        var cause = Assert.Single(status.Items("details", "causes"));
        Assert.Equal("FieldManagerConflict", cause.Text("reason"));
        Assert.Null(status.Text("details", "name"));
    }

    [Fact]
    public async Task Point_04_force_takes_over_the_field()
    {
        await SendAsync(200, HttpMethod.Patch, $"{Path}?fieldManager=foo&force=true", Body("ssa", Port(443, "https", 8443)), Apply);

        Assert.Equal(8443, (await GetAsync()).Items("spec", "ports").Single(port => port.Number("port") == 443).Number("targetPort"));
    }

    [Fact]
    public async Task Point_05_put_takes_over_and_the_next_apply_conflicts_with_it()
    {
        await ApplyAsync(200, Port(10022));
        var service = await GetAsync();
        service.Items("spec", "ports").OfType<JsonObject>().Single(port => port.Number("port") == 10022)["targetPort"] = 1;
        await SendAsync(200, HttpMethod.Put, $"{Path}?fieldManager=other", service.ToJsonString());

        var status = JsonNode.Parse(await ApplyAsync(409, Port(10022)));

        Assert.Equal("conflict with \"other\" using v1", status.Items("details", "causes").Single().Text("message"));
    }

    [Fact]
    public async Task Point_06_a_duplicate_port_name_is_422_at_the_merged_index()
    {
        var status = JsonNode.Parse(await ApplyAsync(422, Port(10443, "https")));

        Assert.Equal("Service \"ssa\" is invalid: spec.ports[3].name: Duplicate value: \"https\"", status.Text("message"));
        Assert.Equal("FieldValueDuplicate", status.Items("details", "causes").Single().Text("reason"));
    }

    [Theory]
    [InlineData(
        """{"name":"a","port":"10032","protocol":"TCP"}""",
        ".spec.ports[port=\"10032\",protocol=\"TCP\"].port: expected numeric (int or float), got string"
    )]
    [InlineData(
        """{"name":"a","port":10032,"protocol":"TCP","bogus":1}""",
        ".spec.ports[port=10032,protocol=\"TCP\"].bogus: field not declared in schema"
    )]
    [InlineData(
        """{"name":"a","port":10032,"protocol":"TCP"},{"name":"b","port":10032}""",
        ".spec.ports: duplicate entries for key [port=10032,protocol=\"TCP\"]"
    )]
    public async Task Point_07_schema_errors_of_an_apply_are_500_without_a_reason(string ports, string message)
    {
        var status = JsonNode.Parse(await ApplyAsync(500, ports));

        Assert.Equal($"failed to create typed patch object (default/ssa; /v1, Kind=Service): {message}", status.Text("message"));
        Assert.Null(status.Text("reason"));
    }

    [Fact]
    public async Task Point_07_schema_errors_of_a_custom_resource_are_500_without_a_reason()
    {
        var status = JsonNode.Parse(
            await SendAsync(
                500,
                HttpMethod.Patch,
                "/apis/networking.istio.io/v1/namespaces/default/gateways/g?fieldManager=foo",
                """{"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"g"},"spec":{"bogus":1}}""",
                Apply
            )
        );

        Assert.Equal(
            "failed to create typed patch object (default/g; networking.istio.io/v1, Kind=Gateway): .spec.bogus: field not declared in "
                + "schema",
            status.Text("message")
        );
    }

    [Fact]
    public async Task Point_08_protocol_and_target_port_are_filled_in_and_not_owned()
    {
        await ApplyAsync(200, """{"name":"p","port":10022}""");

        var service = await GetAsync();
        var port = service.Items("spec", "ports").Single(one => one.Number("port") == 10022);
        Assert.Equal(("TCP", 10022L), (port.Text("protocol"), port.Number("targetPort")));
        Assert.DoesNotContain(
            "f:protocol",
            service.Items("metadata", "managedFields").First()["fieldsV1"]!.ToJsonString(),
            StringComparison.Ordinal
        );
        await ApplyAsync(422, """{"name":"p","protocol":"TCP"}""");
    }

    [Fact]
    public async Task Point_09_an_apply_that_changes_nothing_writes_nothing()
    {
        await ApplyAsync(200, Port(10022));
        var before = await GetAsync();

        await ApplyAsync(200, Port(10022));
        await SendAsync(200, HttpMethod.Patch, $"{Path}?fieldManager=foo&force=true", Body("ssa", Port(10022)), Apply);

        Assert.Equal(before.ToJsonString(), (await GetAsync()).ToJsonString());
    }

    [Fact]
    public async Task Point_10_every_port_of_a_load_balancer_gets_a_stable_node_port()
    {
        await ApplyAsync(200, Port(10022));
        var first = NodePorts(await GetAsync());
        Assert.All(first, port => Assert.InRange(port, 30000, 32767));

        await ApplyAsync(200, Port(10022, target: 777));

        Assert.Equal(first, NodePorts(await GetAsync()));
        var dry = JsonNode.Parse(
            await SendAsync(
                200,
                HttpMethod.Patch,
                $"{Path}?fieldManager=foo&dryRun=All",
                Body("ssa", Port(10022, target: 777), Port(10023)),
                Apply
            )
        );
        Assert.True(dry.Items("spec", "ports").Single(port => port.Number("port") == 10023).Number("nodePort") > 32767);
        Assert.DoesNotContain(10023, Ports(await GetAsync()));
    }

    [Fact]
    public async Task Point_10_a_full_range_of_node_ports_is_an_internal_error()
    {
        await ApplyAsync(200, [.. Enumerable.Range(1, 2750).Select(port => Port(port + 20000))]);

        var status = JsonNode.Parse(await ApplyAsync(500, [.. Enumerable.Range(1, 2768).Select(port => Port(port + 20000))]));

        Assert.Equal("Internal error occurred: failed to allocate a nodePort: range is full", status.Text("message"));
        Assert.Equal("InternalError", status.Text("reason"));
    }

    /// <summary>
    /// The simulated part of the point: concurrent writers of one Service lose no updates. Real servers leak the node ports of lost rounds
    /// for some minutes; the fidelity table excludes that.
    /// </summary>
    [Fact]
    public async Task Point_11_concurrent_writers_of_one_service_lose_no_port_and_leak_no_node_port()
    {
        const int Writers = 20;
        var appliers = Enumerable
            .Range(0, Writers)
            .Select(number => SendAsync(200, HttpMethod.Patch, $"{Path}?fieldManager=m{number}", Body("ssa", Port(20000 + number)), Apply));

        await Task.WhenAll(appliers);

        var service = await GetAsync();
        Assert.Equal(Writers + 3, Ports(service).Length);
        var nodePorts = service.Items("spec", "ports").Select(port => port.Number("nodePort") ?? 0).ToArray();
        Assert.Equal(nodePorts.Length, nodePorts.Distinct().Count());
        await _cluster.ExpectAsync(200, HttpMethod.Delete, Path);
        const int Range = 2768;
        var others = (await _cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/services"))
            .Items("items")
            .SelectMany(item => item.Items("spec", "ports"))
            .Count(port => port.Number("nodePort") is not null);
        var all = string.Join(',', Enumerable.Range(1, Range - others).Select(port => $$"""{"name":"p{{port}}","port":{{port}}}"""));
        await SendAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/default/services",
            $$$"""{"metadata":{"name":"whole"},"spec":{"type":"LoadBalancer","ports":[{{{all}}}]}}"""
        );
    }

    [Fact]
    public async Task Point_12_ten_thousand_ports_without_node_ports_are_accepted_and_twelve_thousand_are_too_large()
    {
        await SendAsync(
            201,
            HttpMethod.Post,
            "/api/v1/namespaces/default/services",
            """{"apiVersion":"v1","kind":"Service","metadata":{"name":"wide"},"spec":{"ports":[{"name":"a","port":1}]}}"""
        );

        await SendAsync(
            200,
            HttpMethod.Patch,
            "/api/v1/namespaces/default/services/wide?fieldManager=foo",
            Body("wide", [.. Enumerable.Range(2, 10000).Select(port => Port(port))]),
            Apply
        );
        var status = JsonNode.Parse(
            await SendAsync(
                500,
                HttpMethod.Patch,
                "/api/v1/namespaces/default/services/wide?fieldManager=foo",
                Body("wide", [.. Enumerable.Range(2, 12000).Select(port => Port(port))]),
                Apply
            )
        );

        Assert.Equal("etcdserver: request is too large", status.Text("message"));
    }

    [Fact]
    public async Task Point_13_entries_of_appliers_are_never_merged_and_the_last_list_of_one_manager_wins()
    {
        for (var number = 1; number <= 12; number++)
        {
            await SendAsync(200, HttpMethod.Patch, $"{Path}?fieldManager=m{number}", Body("ssa", Port(10000 + number)), Apply);
        }

        Assert.Equal(13, Managers(await GetAsync()).Length);
        await ApplyAsync(200, Port(10101));
        await ApplyAsync(200, Port(10102));
        Assert.DoesNotContain(10101, Ports(await GetAsync()));
    }

    [Fact]
    public async Task Point_14_strategic_merge_patch_keys_ports_by_number_alone_and_merge_patch_replaces_the_list()
    {
        await SendAsync(
            200,
            HttpMethod.Patch,
            Path,
            """{"spec":{"ports":[{"name":"u","port":443,"protocol":"UDP"}]}}""",
            "application/strategic-merge-patch+json"
        );
        Assert.Equal("UDP", (await GetAsync()).Items("spec", "ports").Single(port => port.Number("port") == 443).Text("protocol"));

        await SendAsync(200, HttpMethod.Patch, Path, """{"spec":{"ports":[{"name":"only","port":1}]}}""", "application/merge-patch+json");
        Assert.Equal<long[]>([1], Ports(await GetAsync()));

        await WriteGatewayAsync("foo", 201, 9000);
        await SendAsync(
            415,
            HttpMethod.Patch,
            "/apis/networking.istio.io/v1/namespaces/default/gateways/g",
            """{"spec":{}}""",
            "application/strategic-merge-patch+json"
        );
    }

    [Fact]
    public async Task Point_15_put_without_the_ports_of_an_applier_deletes_them_and_its_entry()
    {
        await ApplyAsync(200, Port(10022));

        await SendAsync(
            200,
            HttpMethod.Put,
            $"{Path}?fieldManager=cloud-owner",
            """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa"},"spec":{"type":"LoadBalancer","selector":{"app":"x"},
            "ports":[{"name":"status-port","port":15021},{"name":"http2","port":80},{"name":"https","port":443}]}}
            """
        );

        Assert.Equal(["cloud-owner"], Managers(await GetAsync()));
        await ApplyAsync(200, Port(10022));
        Assert.Contains(10022, Ports(await GetAsync()));
    }

    [Fact]
    public async Task Point_16_lists_of_istio_are_atomic_and_generation_counts_spec_changes()
    {
        Assert.Equal(1, (await WriteGatewayAsync("foo", 201, 9000)).Number("metadata", "generation"));

        var status = await WriteGatewayAsync("bar", 409, 9001);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"foo\": .spec.servers", status.Text("message"));
        Assert.Equal(2, (await WriteGatewayAsync("foo", 200, 9001)).Number("metadata", "generation"));
        Assert.Equal(2, (await WriteGatewayAsync("foo", 200, 9001)).Number("metadata", "generation"));
    }

    [Fact]
    public async Task Point_20_put_of_a_custom_resource_needs_a_resource_version_and_delete_answers_a_status()
    {
        await WriteGatewayAsync("foo", 201, 9000);
        const string Gateway = "/apis/networking.istio.io/v1/namespaces/default/gateways/g";
        await SendAsync(422, HttpMethod.Put, Gateway, GatewayBody(9000));

        Assert.Equal("Success", JsonNode.Parse(await SendAsync(200, HttpMethod.Delete, Gateway)).Text("status"));
        Assert.Equal("Service", JsonNode.Parse(await SendAsync(200, HttpMethod.Delete, Path)).Text("kind"));
    }

    private const string Apply = "application/apply-patch+yaml";

    private async Task<JsonObject> WriteGatewayAsync(string manager, int code, int port) =>
        (JsonObject)
            JsonNode.Parse(
                await SendAsync(
                    code,
                    HttpMethod.Patch,
                    $"/apis/networking.istio.io/v1/namespaces/default/gateways/g?fieldManager={manager}",
                    GatewayBody(port),
                    Apply
                )
            )!; // an object or a Status

    private static string GatewayBody(int port) =>
        $$$"""
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"g"},
            "spec":{"servers":[{"port":{"number":{{{port}}},"name":"tcp","protocol":"TCP"},"hosts":["*"]}]}}
            """;

    private async Task<JsonObject> GetAsync() => (JsonObject)JsonNode.Parse(await SendAsync(200, HttpMethod.Get, Path))!; // a Service

    private Task<string> ApplyAsync(int code, params string[] ports) =>
        SendAsync(
            code,
            HttpMethod.Patch,
            $"{Path}?fieldManager=foo",
            ports is [var whole] && whole.Contains("apiVersion", StringComparison.Ordinal) ? whole : Body("ssa", ports),
            Apply
        );

    private async Task<string> SendAsync(int code, HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        var answer = await _cluster.SendAsync(method, path, body, type);
        Assert.True(answer.Code == code, $"{answer.Code}: {answer.Body}");
        return answer.Body;
    }

    private static string Body(string name, params string[] ports) =>
        $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{name}}}"},"spec":{"ports":[{{{string.Join(",", ports)}}}]}}""";

    private static string Port(int port, string? name = null, int? target = null) =>
        $$"""{"name":"{{name ?? $"p-{port}"}}","port":{{port}},"protocol":"TCP","targetPort":{{target ?? port}}}""";

    private static long[] Ports(JsonObject service) => [.. service.Items("spec", "ports").Select(port => port.Number("port") ?? 0)];

    private static long[] NodePorts(JsonObject service) => [.. service.Items("spec", "ports").Select(port => port.Number("nodePort") ?? 0)];

    private static string?[] Managers(JsonObject service) =>
        [
            .. service
                .Items("metadata", "managedFields")
                .Select(entry => entry.Text("manager"))
                .Where(manager => manager != "cloud-controller-manager"),
        ];
}
