using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MeshPort.Discovery;
using MeshPort.Events;
using MeshPort.Json;
using MeshPort.Messages;
using MeshPort.Model;
using MeshPort.TestKit.Fuzz;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Fuzz;

/// <summary>No body, message, event or annotation is too strange for its parser. Errors name a place that exists.</summary>
public sealed class JsonFuzzTests
{
    private static readonly ClusterId Known = new("00000000-0000-0000-0000-000000000000", "rg", "c");

    private static readonly JsonObject Cluster = Parse(
        """
        {"location":"eastus2","kubernetesVersion":"1.34","tags":{"team":"web"},"features":[{"name":"AzureServiceMeshPreview"}],
         "network":{"vnet":"v","addressPrefix":"10.13.0.0/16","subnet":"s","subnetPrefix":"10.13.76.0/24"},
         "nodePool":{"name":"nodepool1","vmSize":"Standard_D2s_v5","count":2},"mesh":{"revision":"asm-1-27","gateways":["external"]},
         "access":{"localAccounts":false,"adminGroupObjectIds":["11111111-2222-3333-4444-555555555555"]},
         "discover":{"namespaces":["shop"],"ports":["9000-9009"]},"extra":{"httpProxyConfig":{"noProxy":["localhost"]}}}
        """
    );

    private static readonly JsonObject Exposure = Parse(
        """
        {"gateway":"external","port":9000,"allowedSources":["203.0.113.0/24"],"idleTimeout":"PT10M",
         "backends":[{"service":"tcpecho","namespace":"default","port":9000,"weight":100}],
         "workload":{"image":"istio/tcp-echo-server:1.1","args":["9000","hello"],"containerPort":9000,"replicas":1,
           "env":[{"name":"A","value":"b"}],"resources":{"limits":{"memory":"64Mi"}}},
         "probe":{"send":"jose","expect":"hello","timeout":"PT5S"}}
        """
    );

    [Fact]
    public void Any_bytes_are_JSON_or_a_problem() =>
        Fuzzing.Holds(
            Gen.OneOf(
                Damage.Of(Exposure),
                Damage.OfText(Cluster.ToJsonString()),
                Gen.Byte.Array[0, 64].Select(bytes => Encoding.Latin1.GetString(bytes))
            ),
            text =>
            {
                foreach (var encoding in new[] { Encoding.UTF8, Encoding.Latin1, Encoding.Unicode })
                {
                    var json = JsonText.Parse(encoding.GetBytes(text), out var problem);
                    Assert.Equal(problem is null, json.ValueKind != JsonValueKind.Undefined);
                    if (problem is null)
                    {
                        var again = JsonText.Parse(Encoding.UTF8.GetBytes(json.GetRawText()), out _);
                        Assert.True(JsonElement.DeepEquals(json, again));
                    }
                }
            }
        );

    [Fact]
    public void A_damaged_spec_of_a_cluster_is_read_or_refused() =>
        Fuzzing.Holds(Damage.Of(Cluster), text => Check(text, ClusterValidator.Validate));

    [Fact]
    public void A_damaged_spec_of_an_exposure_is_read_or_refused() =>
        Fuzzing.Holds(Damage.Of(Exposure), text => Check(text, ExposureValidator.Validate));

    [Fact]
    public void A_damaged_message_is_refused_with_the_places_of_its_errors()
    {
        var right = Parse(
            $$$"""
            {"cluster":{"subscriptionId":"{{{Known.SubscriptionId}}}","resourceGroup":"rg","name":"c"},
             "put":[{"name":"e0","spec":{{{Exposure.ToJsonString()}}} },
                    {"name":"e1","spec":{"port":10001,"backends":[{"service":"s","port":1}]}}],
             "delete":["one","two"]}
            """
        );
        Fuzzing.Holds(
            Gen.OneOf(Damage.Of(right), Damage.OfText(MessageText.Encode(right.ToJsonString())), Damage.OfText(right.ToJsonString())),
            text =>
            {
                var body = MessageText.Decode(BinaryData.FromString(text));
                var message = ExposureMessage.Read(body);
                Assert.All(
                    message.Errors.Where(error => error.Code != "MalformedJson"),
                    error => Assert.True(Pointer.LeadsInto(error.Pointer, Encoding.UTF8.GetString(body.Span)), $"{error.Pointer} in {text}")
                );
                var poison = PoisonMessage.Write(
                    PoisonMessage.Record("1", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, message.Cluster, message.Errors),
                    body.Span
                );
                Assert.True(Encoding.UTF8.GetByteCount(poison) <= 48 * 1024);
            }
        );
    }

    [Fact]
    public void A_damaged_event_concerns_a_cluster_or_nobody() =>
        Fuzzing.Holds(
            Gen.OneOf(Damage.Of(Event("eventType", "eventTime", "topic", "{}")), Damage.Of(Event("type", "time", "source", "\"1.0\""))),
            text =>
            {
                if (AzureEvent.Read(JsonText.Parse(Encoding.UTF8.GetBytes(text), out _)) is not { } happened)
                {
                    return;
                }

                Assert.True(happened.Id.Length is > 0 and <= 1024);
                Assert.True((EventAdvice.For(happened)?.Length ?? 0) < 1024);
                _ = EventScope.Cluster(happened.Resource);
                _ = EventScope.Concerns(happened.Resource, Known);
                _ = EventScope.IsNear(happened.Resource, $"/subscriptions/{Known.SubscriptionId}/resourceGroups/rg/providers/a/b/c");
                _ = EventScope.IsGuard(happened.Resource, []);
            }
        );

    [Fact]
    public void A_damaged_annotation_asks_for_valid_exposures_or_has_errors()
    {
        var right = new JsonObject();
        foreach (var name in ServiceAnnotations.All)
        {
            right[name] = "9000";
        }

        right[ServiceAnnotations.Expose] = "9000, 9001:http";
        Fuzzing.Holds(
            Gen.Select(Damage.Of(right), Damage.OfText("9000,9001:http,{\"send\":\"a\"},203.0.113.0/24"))
                .Select(pair => $"{pair.Item1}\n{pair.Item2}"),
            text =>
            {
                var (annotations, value) = (new JsonObject(), text[(text.LastIndexOf('\n') + 1)..]);
                foreach (var name in ServiceAnnotations.All)
                {
                    annotations[name] = text.Length % 3 == 0 ? value : text[..Math.Min(text.Length, 64)];
                }

                annotations[ServiceAnnotations.Expose] = value;
                var request = ServiceRequest.Read(
                    new JsonObject
                    {
                        ["metadata"] = new JsonObject
                        {
                            ["name"] = "s",
                            ["namespace"] = "shop",
                            ["annotations"] = annotations,
                        },
                        ["spec"] = new JsonObject
                        {
                            ["selector"] = new JsonObject { ["app"] = "s" },
                            ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["port"] = 80 }, new JsonObject { ["port"] = 9 }),
                        },
                    }
                );
                Assert.Equal(request.Errors.Count == 0, request.Exposures.Count > 0);
                Assert.All(request.Exposures, spec => Check(MeshPortJson.Write(spec), ExposureValidator.Validate));
            }
        );
    }

    [Fact]
    public void A_damaged_token_names_its_ids_or_nothing()
    {
        var payload = System.Buffers.Text.Base64Url.EncodeToString("""{"oid":"a","appid":"b","roles":["c"]}"""u8);
        Fuzzing.Holds(Damage.OfText($"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"), text => _ = OwnIdentity.Read(text));
    }

    /// <summary>An accepted spec can be written and read again; a refused one has errors with places.</summary>
    private static void Check<T>(string text, Func<JsonElement, Validated<T>> validate)
        where T : class
    {
        var json = JsonText.Parse(Encoding.UTF8.GetBytes(text), out var malformed);
        if (malformed is not null)
        {
            return;
        }

        var result = validate(json);
        Assert.All(result.Errors, error => Assert.True(Pointer.LeadsInto(error.Pointer, text), $"{error.Pointer} in {text}"));
        if (result.Errors.Count == 0)
        {
            var value = Assert.IsType<T>(result.Value);
            var again = validate(JsonElement.Parse(MeshPortJson.Write(value)));
            Assert.Empty(again.Errors);
            Assert.True(MeshPortJson.IsSame(value, Assert.IsType<T>(again.Value)));
        }
    }

    private static JsonObject Event(string type, string time, string source, string version)
    {
        var id = $"/subscriptions/{Known.SubscriptionId}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c";
        var right = Parse(
            $$$"""
            {"id":"1","{{{type}}}":"Microsoft.Resources.ResourceWriteSuccess","{{{time}}}":"2026-01-01T00:00:00Z","{{{source}}}":"{{{id}}}",
             "subject":"{{{id}}}","dataVersion":"1","data":{"resourceUri":"{{{id}}}","operationName":"a/b/write","nodePoolName":"n",
             "claims":{"appid":"a","http://schemas.microsoft.com/identity/claims/objectidentifier":"b"} } }
            """
        );
        if (version != "{}")
        {
            right["specversion"] = JsonNode.Parse(version);
        }

        return right;
    }

    private static JsonObject Parse(string text) => Assert.IsType<JsonObject>(JsonNode.Parse(text));
}
