using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Answers measured on a real API server, word for word. Each has the name of its place in kube-semantics.</summary>
public sealed class MeasuredAnswerTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Ssa = $"{Services}/ssa";
    private const string Json = "application/json";
    private const string JsonPatch = "application/json-patch+json";
    private const string Merge = "application/merge-patch+json";
    private const string ApplyPatch = "application/apply-patch+yaml";
    private const string StrategicMerge = "application/strategic-merge-patch+json";
    private const string Rejected =
        """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server rejected our request due to """
        + """an error in our request","reason":"Invalid","details":{},"code":422}""";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(scale: 1); // assigns the address only after the test
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Services,
            """{"metadata":{"name":"ssa"},"spec":{"type":"LoadBalancer","ports":[{"name":"http","port":80}]}}"""
        );
        await _cluster.LoadBalancerIsBegunAsync(Ssa);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    public static TheoryData<string, string, string, string, string, string> Exchanges { get; } =
        new()
        {
            {
                "a7k",
                "PATCH",
                $"{Ssa}?",
                ApplyPatch,
                """
                    {"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa"},"spec":{"ports":[{"name":"p-10022","port":10022,
                    "protocol":"TCP","targetPort":10022}]}}
                    """,
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"PatchOptions.meta.k8s.io \"\" """
                    + """is invalid: fieldManager: Required value: is required for apply """
                    + """patch","reason":"Invalid","details":{"group":"meta.k8s.io","kind":"PatchOptions","causes":"""
                    + """[{"reason":"FieldValueRequired","message":"Required value: is required for apply """
                    + """patch","field":"fieldManager"}]},"code":422}"""
            },
            {
                "a7q",
                "PATCH",
                $"{Ssa}?fieldManager=foo",
                ApplyPatch,
                """
                    {"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa","uid":"00000000-0000-0000-0000-000000000000"},
                    "spec":{"ports":[{"name":"p-10022","port":10022,"protocol":"TCP","targetPort":10022}]}}
                    """,
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Service \"ssa\" is invalid: """
                    + """metadata.uid: Invalid value: \"00000000-0000-0000-0000-000000000000\": field is """
                    + """immutable","reason":"Invalid","details":{"name":"ssa","kind":"Service","causes":"""
                    + """[{"reason":"FieldValueInvalid","message":"Invalid value: \"00000000-0000-0000-0000-000000000000\": field is """
                    + """immutable","field":"metadata.uid"},{"reason":"FieldValueInvalid","message":"Invalid value: """
                    + """\"00000000-0000-0000-0000-000000000000\": field is immutable","field":"metadata.uid"}]},"code":422}"""
            },
            { "b3b", "PATCH", Ssa, JsonPatch, """[{"op":"test","path":"/spec/ports/0/port","value":1}]""", Rejected },
            { "b3c", "PATCH", Ssa, JsonPatch, """[{"op":"remove","path":"/spec/ports/99"}]""", Rejected },
            {
                "b4",
                "PATCH",
                Ssa,
                Merge,
                """{"metadata":{"resourceVersion":"1"},"spec":{"sessionAffinity":"None"}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled """
                    + """on services \"ssa\": the object has been modified; please apply your changes to the latest version and try """
                    + """again","reason":"Conflict","details":{"name":"ssa","kind":"services"},"code":409}"""
            },
            {
                "b5",
                "PATCH",
                Ssa,
                Json,
                """{"a":1}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"415: Unsupported Media """
                    + """Type","reason":"UnsupportedMediaType","details":{},"code":415}"""
            },
            {
                "b2f",
                "PATCH",
                "/apis/networking.istio.io/v1/namespaces/default/gateways/g1",
                "application/strategic-merge-patch+json",
                """{"spec":{"servers":[]}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the body of the request was in """
                    + """an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, """
                    + """application/apply-patch+yaml","reason":"UnsupportedMediaType","code":415}"""
            },
            {
                "b6",
                "PATCH",
                $"{Services}/ghost",
                Merge,
                """{"spec":{}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"services \"ghost\" not """
                    + """found","reason":"NotFound","details":{"name":"ghost","kind":"services"},"code":404}"""
            },
            {
                "b7",
                "PATCH",
                Ssa,
                Merge,
                """{"spec":{"ports":null}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Service \"ssa\" is invalid: """
                    + """spec.ports: Required value","reason":"Invalid","details":{"name":"ssa","kind":"Service","causes":"""
                    + """[{"reason":"FieldValueRequired","message":"Required value","field":"spec.ports"}]},"code":422}"""
            },
            {
                "c5",
                "DELETE",
                Ssa,
                Json,
                """{"preconditions":{"resourceVersion":"1"}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled """
                    + """on Service \"ssa\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record """
                    + """(REVISION). The object might have been modified","reason":"Conflict","details":"""
                    + """{"name":"ssa","kind":"Service"},"code":409}"""
            },
            {
                "c6",
                "DELETE",
                Ssa,
                Json,
                """{"preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled """
                    + """on Service \"ssa\": the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID """
                    + """in record (UID). The object might have been deleted and then """
                    + """recreated","reason":"Conflict","details":{"name":"ssa","kind":"Service"},"code":409}"""
            },
            {
                "c7",
                "POST",
                Services,
                Json,
                """{"metadata":{"name":"ssa"},"spec":{"ports":[{"port":1}]}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"services \"ssa\" already """
                    + """exists","reason":"AlreadyExists","details":{"name":"ssa","kind":"services"},"code":409}"""
            },
            {
                "d8",
                "GET",
                $"{Services}/w1?watch=1",
                Json,
                "",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"services \"w1\" not """
                    + """found","reason":"NotFound","details":{"name":"w1","kind":"services"},"code":404}"""
            },
            {
                "f4b",
                "POST",
                Services,
                Json,
                """{"metadata":{"name":"noports"},"spec":{}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Service \"noports\" is """
                    + """invalid: spec.ports: Required value","reason":"Invalid","details":{"name":"noports","kind":"Service","causes":"""
                    + """[{"reason":"FieldValueRequired","message":"Required value","field":"spec.ports"}]},"code":422}"""
            },
            {
                "f5c",
                "POST",
                Services,
                Json,
                """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Pod in version \"v1\" cannot """
                    + """be handled as a Service: converting (v1.Pod) to (core.Service): unknown """
                    + """conversion","reason":"BadRequest","code":400}"""
            },
            {
                "f5d",
                "POST",
                Services,
                Json,
                """{"metadata":{"name":"x"},"spec":{"ports":[{"port":"80"}]}}""",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Service in version \"v1\" """
                    + """cannot be handled as a Service: json: cannot unmarshal string into Go struct field """
                    + """ServicePort.spec.ports.port of type int32","reason":"BadRequest","code":400}"""
            },
            {
                "f8",
                "POST",
                Services,
                "text/plain",
                "{}",
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the body of the request was in """
                    + """an unknown format - accepted media types include: application/json, application/yaml, """
                    + """application/vnd.kubernetes.protobuf","reason":"UnsupportedMediaType","code":415}"""
            },
        };

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task A_refusal_is_worded_as_measured(
        string place,
        string method,
        string path,
        string contentType,
        string body,
        string expected
    )
    {
        var service = await _cluster.ExpectAsync(200, HttpMethod.Get, Ssa);

        var answer = await _cluster.SendAsync(new HttpMethod(method), path, body.Length > 0 ? body : null, contentType);

        var measured = expected
            .Replace("REVISION", service.Text("metadata", "resourceVersion"), StringComparison.Ordinal)
            .Replace("(UID)", $"({service.Uid()})", StringComparison.Ordinal);
        Assert.Equal($"{place}: {measured}", $"{place}: {answer.Body}");
        Assert.Equal(JsonNode.Parse(measured).Number("code"), answer.Code);
    }

    [Fact]
    public async Task B2_a_strategic_merge_patch_puts_new_items_first_and_keeps_the_order_of_existing_ones()
    {
        Assert.Equal<long?[]>([10022, 80], await PortsAsync("""{"spec":{"ports":[{"name":"p-10022","port":10022}]}}"""));
        Assert.Equal<long?[]>([10022, 80], await PortsAsync("""{"spec":{"ports":[{"port":80,"targetPort":8080}]}}"""));
        Assert.Equal<long?[]>([10022, 80], await PortsAsync("""{"spec":{"ports":[{"port":5,"$patch":"delete"}]}}"""));
    }

    [Fact]
    public async Task A_strategic_merge_patch_can_set_the_order()
    {
        Assert.Equal<long?[]>(
            [80, 10022],
            await PortsAsync(
                """{"spec":{"$setElementOrder/ports":[{"port":80},{"port":10022}],"ports":[{"name":"p-10022","port":10022}]}}"""
            )
        );
        Assert.Equal<long?[]>([10022, 80], await PortsAsync("""{"spec":{"$setElementOrder/ports":[{"port":10022},{"port":80}]}}"""));
    }

    private async Task<long?[]> PortsAsync(string patch) =>
        [
            .. (await _cluster.ExpectAsync(200, HttpMethod.Patch, Ssa, patch, StrategicMerge))
                .Items("spec", "ports")
                .Select(port => port.Number("port")),
        ];

    [Fact]
    public async Task B3_a_json_patch_adds_a_port_and_the_server_adds_its_node_port()
    {
        var service = await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            Ssa,
            """[{"op":"add","path":"/spec/ports/-","value":{"name":"jp","port":10055,"protocol":"TCP","targetPort":10055}}]""",
            JsonPatch
        );

        var port = service.Items("spec", "ports").Last();
        Assert.Equal(
            ["name", "protocol", "port", "targetPort", "nodePort"],
            port.AsObject()
                .Select(field => field.Key)
                .OrderBy(name => Array.IndexOf(["name", "protocol", "port", "targetPort", "nodePort"], name))
        );
        Assert.InRange(port.Number("nodePort") ?? 0, 30000, 32767);
    }

    [Fact]
    public async Task D6_and_d7_bookmarks_are_empty_objects_of_the_kind()
    {
        var lines = (
            await _cluster.SendAsync(
                HttpMethod.Get,
                $"{Services}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=3&"
                    + "fieldSelector=metadata.name=kubernetes"
            )
        ).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["ADDED", "BOOKMARK", "BOOKMARK"], lines.Select(line => JsonNode.Parse(line).Text("type")));
        Assert.Matches(
            """^\{"type":"BOOKMARK","object":\{"kind":"Service","apiVersion":"v1","metadata":"""
                + """\{"resourceVersion":"[0-9]+","annotations":\{"k8s.io/initial-events-end":"true"\}\},"spec":\{\},"status":"""
                + """\{"loadBalancer":\{\}\}\}\}$""",
            lines[1]
        );
        Assert.Matches(
            """^\{"type":"BOOKMARK","object":\{"kind":"Service","apiVersion":"v1","metadata":"""
                + """\{"resourceVersion":"[0-9]+"\},"spec":\{\},"status":\{"loadBalancer":\{\}\}\}\}$""",
            lines[2]
        );
    }

    [Fact]
    public async Task F7_an_unavailable_format_is_refused_in_indented_json()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), Services));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));

        using var response = await _cluster.Client.HttpClient.SendAsync(request, TestCluster.Token);

        const string Formats =
            "application/json, application/yaml, application/vnd.kubernetes.protobuf, "
            + "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
        Assert.Equal(
            $$"""
            {
              "kind": "Status",
              "apiVersion": "v1",
              "metadata": {},
              "status": "Failure",
              "message": "406: Not Acceptable\n\nAvailable representations: {{Formats}}",
              "reason": "NotAcceptable",
              "details": {},
              "code": 406
            }
            """.ReplaceLineEndings("\n"),
            await response.Content.ReadAsStringAsync(TestCluster.Token)
        );
    }

    [Fact]
    public async Task F9_bodies_and_annotations_have_limits()
    {
        Assert.Equal(
            (
                413,
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Request entity too large: """
                    + """limit is 3145728","reason":"RequestEntityTooLarge","code":413}"""
            ),
            await _cluster.SendAsync(HttpMethod.Post, Services, new string(' ', 3145729))
        );
        var annotated = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = "x",
                ["annotations"] = new JsonObject { ["a"] = new string('x', 262144) },
            },
            ["spec"] = new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["port"] = 1 }) },
        };
        Assert.Equal(
            (
                422,
                """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Service \"x\" is invalid: """
                    + """metadata.annotations: Too long: may not be more than 262144 """
                    + """bytes","reason":"Invalid","details":{"name":"x","kind":"Service","causes":"""
                    + """[{"reason":"FieldValueTooLong","message":"Too long: may not be more than 262144 """
                    + """bytes","field":"metadata.annotations"}]},"code":422}"""
            ),
            await _cluster.SendAsync(HttpMethod.Post, Services, annotated.ToJsonString())
        );
    }
}
