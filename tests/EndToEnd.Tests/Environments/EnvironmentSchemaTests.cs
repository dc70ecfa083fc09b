using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Json.Schema;
using MeshPort.EndToEnd.Tests.Docs;
using MeshPort.Host.Environments;
using MeshPort.TestKit.Fuzz;

namespace MeshPort.EndToEnd.Tests.Environments;

/// <summary>docs/environment.schema.json and the validators agree.</summary>
public sealed class EnvironmentSchemaTests
{
    /// <summary>With this environment variable set, the schema and the page about the fields are written to docs/.</summary>
    private const string Record = "MESHPORT_RECORD_SCHEMA";
    private const int Documents = 3_000;

    private static readonly string Published = Path.Combine(Repository.Root, "docs", "environment.schema.json");
    private static readonly Lazy<JsonObject> Whole = new(Make);
    private static readonly JsonSchema Schema = JsonSchema.FromText(EnvironmentSchema.Write());

    public static TheoryData<string> Samples => [.. Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.yaml")];

    public static TheoryData<string> Places => [.. Pointers(Valid()).Select(place => place.Pointer)];

    [Fact]
    public void The_published_schema_is_made_from_the_rules()
    {
        if (Environment.GetEnvironmentVariable(Record) is not null)
        {
            File.WriteAllText(Published, EnvironmentSchema.Write());
        }

        Assert.Equal(EnvironmentSchema.Write(), File.ReadAllText(Published));
    }

    [Fact]
    public void The_page_about_the_fields_is_made_from_the_rules()
    {
        const string begin = "<!-- The rest of this page is made from the validators' rules. -->\n";
        var path = Path.Combine(Repository.Root, "docs", "reference", "spec.md");
        var page = File.ReadAllText(path);
        var at = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var expected =
            page[..at]
            + SpecPage.Write(JsonNode.Parse(EnvironmentSchema.Write()) ?? throw new InvalidOperationException("The schema is empty."));
        if (Environment.GetEnvironmentVariable(Record) is not null)
        {
            File.WriteAllText(path, expected);
            page = expected;
        }

        Assert.True(page == expected, $"docs/reference/spec.md differs from the rules. Run this test with {Record}=1, and read the page.");
    }

    [Fact]
    public void The_schema_is_one_of_draft_2020_12() =>
        Assert.True(MetaSchemas.Draft202012.Evaluate(JsonElement.Parse(EnvironmentSchema.Write())).IsValid);

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_names_the_schema_and_is_valid(string path)
    {
        var schema = Path.GetRelativePath(Path.GetDirectoryName(path) ?? "", Published).Replace('\\', '/');
        Assert.Equal($"# yaml-language-server: $schema={schema}", File.ReadLines(path).First());
        var document = Assert.Single(YamlDocumentReader.Parse(path, File.ReadAllText(path), [])).Root;
        Assert.True(IsValid(document));
        Assert.Equal("", Problems(document));
    }

    [Fact]
    public void Every_field_has_a_title_a_description_and_an_example()
    {
        var fields = Fields(JsonNode.Parse(EnvironmentSchema.Write()), "").ToList();

        Assert.True(fields.Count > 60, $"only {fields.Count} fields were found");
        Assert.All(
            fields,
            field =>
            {
                Assert.True(field.Schema["title"] is not null && field.Schema["description"] is not null, field.Pointer);
                Assert.True(
                    field.Schema["examples"] is not null || field.Schema["properties"] is not null || field.Schema["items"] is not null,
                    $"{field.Pointer} has no example"
                );
            }
        );
        var defaults = fields.Where(field => field.Schema["default"] is not null).ToDictionary(field => field.Pointer, Default);
        Assert.Equal("\"azure-overlay\"", defaults["/cluster/spec/networkPlugin"]);
        Assert.Equal("\"PT30M\"", defaults["/cluster/spec/features/deadline"]);
        Assert.Equal("[\"external\"]", defaults["/cluster/spec/mesh/gateways"]);
        Assert.Equal("1", defaults["/exposures/spec/workload/replicas"]);
    }

    [Fact]
    public void The_document_with_every_field_is_valid()
    {
        Assert.True(IsValid(Valid()));
        Assert.Equal("", Problems(Valid()));
    }

    /// <summary>Wrong types, missing and unknown fields, choices and ends of ranges: the rules that a schema can express.</summary>
    [Theory]
    [MemberData(nameof(Places))]
    public void Schema_and_validators_agree_on_the_structure_at(string pointer)
    {
        var (part, here) = Part(pointer);
        Assert.Equal((true, ""), (IsValid(part), Problems(part)));

        foreach (
            var value in (string?[])[null, "null", "true", "\"\"", "[]", "{}", "0", "-1", "1000", "1001", "65536", "[{}]", "\"Other\""]
        )
        {
            AssertSame(part, here, place => Set(place, value));
        }

        if (Find(part, here).Value?.GetValueKind() == JsonValueKind.String)
        {
            foreach (
                var choice in (string[])
                    [
                        "external",
                        "TLS",
                        "TCP",
                        "passthrough",
                        "terminate",
                        "cilium",
                        "azure",
                        "skip",
                        "kubenet",
                        "companionService",
                        "node-image",
                        "kubeconfig:a",
                    ]
            )
            {
                AssertSame(part, here, place => Set(place, $"\"{choice}\""));
            }
        }

        AssertSame(part, here, place => (place.Parent as JsonObject)?.Add("unknown", 1));
        AssertSame(part, here, place => Repeat(place, 1001));
    }

    [Theory]
    [InlineData("""{"networkPlugin":"azure"}""", false)]
    [InlineData("""{"dataplane":"azure"}""", false)]
    [InlineData("""{"outboundType":"loadBalancer"}""", false)]
    [InlineData("""{"tier":"free"}""", false)]
    [InlineData("""{"upgrades":{"channel":"rapid"}}""", false)]
    [InlineData("""{"upgrades":{"nodeOsChannel":"None"}}""", false)]
    [InlineData("""{"oidcIssuer":false}""", false)]
    [InlineData("""{"workloadIdentity":false}""", false)]
    [InlineData("""{"keyVaultSecretsProvider":false}""", false)]
    [InlineData("""{"access":{"privateCluster":true}}""", false)]
    [InlineData("""{"nodePool":{"count":3}}""", false)]
    [InlineData("""{"nodePool":{"name":"other"}}""", false)]
    [InlineData("""{"networkPlugin":"azure-overlay","dataplane":"cilium"}""", true)]
    [InlineData("""{"outboundType":"managedNATGateway","identity":"system"}""", true)]
    [InlineData("""{"tier":"standard","upgrades":{"channel":"stable","nodeOsChannel":"NodeImage"}}""", true)]
    [InlineData("""{"access":{"privateCluster":false},"oidcIssuer":true}""", true)]
    [InlineData("""{"nodePool":{"name":"nodepool1"},"nodePools":[]}""", true)]
    public void Schema_and_validators_agree_on_what_AKS_Automatic_decides(string fields, bool isValid)
    {
        var spec = JsonNode.Parse(fields)!.AsObject(); // the data of the test
        spec["sku"] = "automatic";
        spec["strategy"] = "gatewayApi";
        spec["gatewayNamespace"] = "edge";

        Schema_and_validators_agree_on_a_namespace_for_gateways(spec.ToJsonString(), isValid);
    }

    [Theory]
    [InlineData("""{"sku":"automatic","strategy":"gatewayApi","gatewayNamespace":"edge"}""", true)]
    [InlineData("""{"sku":"automatic","strategy":"gatewayApi"}""", false)]
    [InlineData("""{"sku":"automatic","gatewayNamespace":"edge"}""", false)]
    [InlineData("""{"sku":"base","strategy":"gatewayApi","gatewayNamespace":"edge"}""", true)]
    [InlineData("""{"gatewayNamespace":"edge"}""", false)]
    public void Schema_and_validators_agree_on_a_namespace_for_gateways(string spec, bool isValid)
    {
        var document = Valid();
        var cluster = JsonNode.Parse(spec)!.AsObject(); // the data of the test
        cluster["location"] = "eastus2";
        document["cluster"]!["spec"] = cluster; // Valid has it
        document["exposures"] = new JsonArray();

        Assert.Equal((isValid, isValid), (IsValid(document), Problems(document).Length == 0));
    }

    [Theory]
    [InlineData("TLS", "db.example.com", true)]
    [InlineData("TLS", null, false)]
    [InlineData("TCP", null, false)]
    public void Schema_and_validators_agree_on_port_443(string protocol, string? host, bool isValid)
    {
        var document = Valid();
        document["exposures"]![0]!["spec"] = new JsonObject // Valid has them
        {
            ["port"] = 443,
            ["protocol"] = protocol,
            ["sniHosts"] = new JsonArray([.. host is null ? [] : new JsonNode[] { host }]),
            ["backends"] = new JsonArray(new JsonObject { ["service"] = "db", ["port"] = 5432 }),
        };

        Assert.Equal((isValid, isValid), (IsValid(document), Problems(document).Length == 0));
    }

    [Theory]
    [InlineData(79, true)]
    [InlineData(80, false)]
    [InlineData(443, false)]
    [InlineData(14999, true)]
    [InlineData(15000, false)]
    [InlineData(15090, false)]
    [InlineData(15091, true)]
    [InlineData(60000, true)]
    [InlineData(60001, false)]
    [InlineData(61023, false)]
    [InlineData(61024, true)]
    public void Schema_and_validators_agree_on_reserved_ports(int port, bool isValid)
    {
        var document = Valid();
        document["exposures"]![0]!["spec"]!["port"] = port; // Valid has them

        Assert.Equal((isValid, isValid), (IsValid(document), Problems(document).Length == 0));
    }

    [Theory]
    [InlineData("""{"ports":[21]}""", true)]
    [InlineData("""{"ports":["30000-30100"]}""", true)]
    [InlineData("""{"ports":[]}""", false)]
    [InlineData("""{"ports":["many"]}""", false)]
    public void Schema_and_validators_agree_on_the_ports_of_a_probe(string probe, bool isValid)
    {
        var document = Valid();
        document["exposures"]![2]!["spec"]!["probe"] = JsonNode.Parse(probe); // Valid has them

        Assert.Equal((isValid, isValid), (IsValid(document), Problems(document).Length == 0));
    }

    [Fact]
    public void The_schema_refuses_no_document_that_the_validators_accept()
    {
        var (refused, accepted) = (0, 0);
        Damage
            .Of(Valid())
            .Sample(
                text =>
                {
                    if (text.Contains("\\ud800", StringComparison.Ordinal) || Parse(text) is not { } document)
                    {
                        return; // YAML cannot express it
                    }

                    if (!IsValid(document))
                    {
                        refused++;
                        Assert.False(Problems(document).Length == 0, text);
                    }
                    else
                    {
                        accepted++;
                    }
                },
                iter: Documents,
                threads: 1
            );
        Assert.True(refused > Documents / 4 && accepted > 0, $"{refused} refused, {accepted} accepted");
    }

    private static void AssertSame(JsonObject part, string pointer, Action<Place> change)
    {
        var document = part.DeepClone().AsObject();
        change(Find(document, pointer));

        var (isValid, problems) = (IsValid(document), Problems(document));

        if (isValid != (problems.Length == 0))
        {
            Assert.Fail($"The schema {(isValid ? "accepts" : "refuses")} {document.ToJsonString()}; the validators say: {problems}");
        }
    }

    /// <summary>The document without what has nothing to do with a place: a smaller one is checked in less time.</summary>
    /// <returns>The document, and the place in it.</returns>
    private static (JsonObject Document, string Pointer) Part(string pointer)
    {
        var document = Valid();
        switch (pointer.Split('/'))
        {
            case ["", "exposures", var index, .. var below]:
                var exposure = document["exposures"]![int.Parse(index, CultureInfo.InvariantCulture)]; // Valid has both
                document["exposures"] = new JsonArray(exposure?.DeepClone());
                document["cluster"]!["spec"] = new JsonObject { ["location"] = "eastus2" };
                return (document, string.Join('/', ["", "exposures", "0", .. below]));
            case ["", "cluster", "spec", _, ..]:
                document["exposures"] = new JsonArray();
                return (document, pointer);
            default:
                return (document, pointer);
        }
    }

    private static Place Find(JsonNode document, string pointer) => Pointers(document).First(place => place.Pointer == pointer);

    /// <param name="json">Null removes the field.</param>
    private static void Set(Place place, string? json)
    {
        switch (place.Parent)
        {
            case JsonObject parent when json is null:
                parent.Remove(place.Name);
                break;
            case JsonObject parent:
                parent[place.Name] = JsonNode.Parse(json);
                break;
            case JsonArray parent when json is not null:
                parent[int.Parse(place.Name, CultureInfo.InvariantCulture)] = JsonNode.Parse(json);
                break;
        }
    }

    private static void Repeat(Place place, int times)
    {
        if (place.Parent is JsonObject parent && parent[place.Name] is JsonArray { Count: > 0 } list && place.Pointer != "/exposures")
        {
            parent[place.Name] = new JsonArray([.. Enumerable.Repeat(list[0], times).Select(item => item?.DeepClone())]);
        }
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null; // nested too deeply
        }
    }

    private static bool IsValid(JsonNode? document)
    {
        try
        {
            return Schema.Evaluate(JsonSerializer.SerializeToElement(document)).IsValid;
        }
        catch (FormatException)
        {
            return false; // the library compares items of lists as decimals, and none of the lists holds numbers
        }
    }

    private static string Problems(JsonNode? document)
    {
        var reading = new EnvironmentReading(
            new YamlDocument("test.yaml", document, new Dictionary<string, Position>(), new Dictionary<string, string>())
        );
        EnvironmentValidator.Validate(reading);
        return string.Join('\n', reading.Problems);
    }

    /// <summary>A copy of the document that has every field, except those that exclude others.</summary>
    private static JsonObject Valid() => Whole.Value.DeepClone().AsObject();

    private static JsonObject Make()
    {
        var cluster = FieldNote.Document(FieldNote.OfCluster);
        cluster["network"]!.AsObject().Remove("subnetId"); // a note has it
        cluster["network"]!.AsObject().Remove("ipv6AddressPrefix"); // a dual-stack cluster has no internal gateway
        cluster["network"]!.AsObject().Remove("ipv6SubnetPrefix"); // see above
        cluster["gatewayAddresses"]!["external"]!.AsObject().Remove("publicIpv6"); // see above
        cluster.Remove("gatewayNamespace"); // it needs another strategy
        cluster["gatewayServices"]!["internal"]!["selector"]!["istio"] = "inside"; // gateways with the same pods are refused
        cluster["nodePool"]!.AsObject().Remove("count"); // see above
        cluster["discover"]!.AsObject().Remove("namespaceSelector"); // see above
        cluster["access"]!.AsObject().Remove("authorizedIpRanges"); // see above
        Repeat(cluster["maintenance"]!, "releases", "everyWeeks", "dayOfWeek"); // see above
        Repeat(cluster["maintenance"]!, "upgrades", "everyMonths", "weekIndex", "dayOfWeek"); // see above
        Repeat(cluster["maintenance"]!, "nodeOs", "everyMonths", "dayOfMonth"); // see above
        cluster["nodePools"]![0]!.AsObject().Remove("count"); // see above
        cluster["nodePools"]![0]!["autoscaler"]!["max"] = 1000; // as below
        cluster["nodePool"]!["autoscaler"]!["max"] = 1000; // so that any number in range is valid for min
        var tcp = FieldNote.Document(FieldNote.OfExposure);
        tcp.Remove("sniHosts");
        tcp.Remove("tls");
        tcp.Remove("adopt");
        tcp["probe"]!.AsObject().Remove("clientCertificate"); // a note has it
        tcp["probe"]!.AsObject().Remove("ports"); // its ports have to be ports of the exposure
        Choose(tcp, "value", "secretKeyRef", "tcpSocket", "httpGet", "grpc");
        var several = tcp.DeepClone().AsObject();
        several.Remove("port");
        tcp.Remove("ports");
        var tls = FieldNote.Document(FieldNote.OfExposure);
        foreach (var field in new[] { "allowedSources", "clientAddress", "proxyProtocol", "ports" })
        {
            tls.Remove(field); // they exclude 'adopt'
        }

        tls["probe"]!.AsObject().Remove("ports"); // as above

        var certificate = tls["tls"]!["certificate"]!.AsObject(); // a note has it
        var vault = new JsonObject
        {
            ["port"] = 9444,
            ["protocol"] = "TLS",
            ["tls"] = new JsonObject { ["certificate"] = new JsonObject { ["keyVault"] = certificate["keyVault"]?.DeepClone() } },
            ["backends"] = new JsonArray(new JsonObject { ["service"] = "db", ["port"] = 5432 }),
        };
        certificate.Remove("keyVault"); // mode mutual has a Secret
        tls["protocol"] = "TLS";
        tls["tls"]!["mode"] = "mutual"; // see above
        Choose(tls, "valueFrom", "configMapKeyRef", "exec", "exec", "tcpSocket");
        tls["port"] = 9443; // the port of the other exposure has an owner
        return new JsonObject
        {
            ["subscriptionId"] = "00000000-0000-0000-0000-000000000000",
            ["resourceGroup"] = "group",
            ["cluster"] = new JsonObject { ["name"] = "cluster", ["spec"] = cluster },
            ["exposures"] = new JsonArray(
                new JsonObject { ["name"] = "tcp", ["spec"] = tcp },
                new JsonObject { ["name"] = "tls", ["spec"] = tls },
                new JsonObject { ["name"] = "several", ["spec"] = several },
                new JsonObject { ["name"] = "vault", ["spec"] = vault }
            ),
        };
    }

    /// <summary>Keeps the fields of a maintenance window for one repetition.</summary>
    private static void Repeat(JsonNode maintenance, string window, params string[] fields)
    {
        foreach (var other in new[] { "everyDays", "everyWeeks", "everyMonths", "dayOfWeek", "dayOfMonth", "weekIndex" }.Except(fields))
        {
            Assert.True(maintenance[window]?.AsObject().Remove(other));
        }
    }

    /// <summary>Keeps one of the fields of a workload that exclude each other.</summary>
    private static void Choose(JsonObject exposure, string value, string source, string startup, string readiness, string liveness)
    {
        var workload = exposure["workload"]!; // a note has it
        var variable = workload["env"]![0]!;
        Keep(variable["valueFrom"], source, "secretKeyRef", "configMapKeyRef");
        Keep(variable, value, "value", "valueFrom");
        foreach (var (probe, check) in new[] { ("startupProbe", startup), ("readinessProbe", readiness), ("livenessProbe", liveness) })
        {
            Keep(workload[probe], check, "tcpSocket", "httpGet", "grpc", "exec");
        }

        static void Keep(JsonNode? place, string chosen, params string[] fields)
        {
            foreach (var field in fields.Where(field => field != chosen))
            {
                Assert.True(place?.AsObject().Remove(field));
            }
        }
    }

    private static IEnumerable<Place> Pointers(JsonNode? node, string here = "")
    {
        var children = node switch
        {
            JsonObject map => map.Select(field => new Place($"{here}/{field.Key}", map, field.Key)),
            JsonArray list => list.Select((_, index) => new Place($"{here}/{index}", list, $"{index}")),
            _ => [],
        };
        foreach (var child in children.ToList())
        {
            yield return child;
            foreach (var below in Pointers(child.Value, child.Pointer))
            {
                yield return below;
            }
        }
    }

    private static IEnumerable<(string Pointer, JsonObject Schema)> Fields(JsonNode? schema, string here)
    {
        foreach (var (name, value) in schema?["properties"]?.AsObject() ?? [])
        {
            var field = Assert.IsType<JsonObject>(value);
            yield return ($"{here}/{name}", field);
            foreach (var below in Fields(field, $"{here}/{name}").Concat(Fields(field["items"], $"{here}/{name}")))
            {
                yield return below;
            }
        }
    }

    private static string Default((string Pointer, JsonObject Schema) field) => field.Schema["default"]?.ToJsonString() ?? "";

    private sealed record Place(string Pointer, JsonNode Parent, string Name)
    {
        public JsonNode? Value => Parent is JsonArray list ? list[int.Parse(Name, CultureInfo.InvariantCulture)] : Parent[Name];
    }
}
