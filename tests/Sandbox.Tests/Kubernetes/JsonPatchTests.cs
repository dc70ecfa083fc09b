using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Patching;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>RFC 6902 as a real API server applies it (kubernetes/kubernetes, vendor/gopkg.in/evanphx/json-patch.v4).</summary>
public sealed class JsonPatchTests
{
    private const string Before = """{"a/b":1,"c~d":2,"list":[1,2],"map":{"x":{"y":3}},"none":null}""";

    [Theory]
    [InlineData("""[{"op":"add","path":"/list/-","value":3}]""", "list", "[1,2,3]")]
    [InlineData("""[{"op":"add","path":"/list/0","value":3}]""", "list", "[3,1,2]")]
    [InlineData("""[{"op":"add","path":"/list/2","value":3}]""", "list", "[1,2,3]")]
    [InlineData("""[{"op":"add","path":"/list/-1","value":3}]""", "list", "[1,2,3]")]
    [InlineData("""[{"op":"replace","path":"/list/-1","value":3}]""", "list", "[1,3]")]
    [InlineData("""[{"op":"remove","path":"/list/-2"}]""", "list", "[2]")]
    [InlineData("""[{"op":"replace","path":"/a~1b","value":5}]""", "a/b", "5")]
    [InlineData("""[{"op":"replace","path":"/c~0d","value":5}]""", "c~d", "5")]
    [InlineData("""[{"op":"replace","path":"/map/new","value":5}]""", "map", """{"x":{"y":3},"new":5}""")]
    [InlineData("""[{"op":"replace","path":"","value":{"list":[]}}]""", "list", "[]")]
    [InlineData("""[{"op":"move","from":"/map/x","path":"/list/-"}]""", "list", """[1,2,{"y":3}]""")]
    [InlineData("""[{"op":"copy","from":"/map/x","path":"/map/z"}]""", "map", """{"x":{"y":3},"z":{"y":3}}""")]
    [InlineData("""[{"op":"test","path":"/missing","value":null},{"op":"remove","path":"/list/0"}]""", "list", "[2]")]
    [InlineData("""[{"op":"test","path":"/none","value":null},{"op":"remove","path":"/list/0"}]""", "list", "[2]")]
    public void A_patch_changes_the_object(string patch, string member, string expected) =>
        Assert.Equal(expected, Apply(patch)[member]?.ToJsonString());

    [Theory]
    [InlineData("""[{"op":"test","path":"/list/0","value":2}]""")]
    [InlineData("""[{"op":"test","path":"/missing/x","value":null}]""")]
    [InlineData("""[{"op":"add","path":"/list/3","value":3}]""")]
    [InlineData("""[{"op":"add","path":"/missing/x","value":3}]""")]
    [InlineData("""[{"op":"add","path":"","value":{}}]""")]
    [InlineData("""[{"op":"replace","path":"/list/2","value":3}]""")]
    [InlineData("""[{"op":"replace","path":"/list/-","value":3}]""")]
    [InlineData("""[{"op":"remove","path":"/list/-"}]""")]
    [InlineData("""[{"op":"remove","path":"/list/-3"}]""")]
    [InlineData("""[{"op":"remove","path":"/missing"}]""")]
    [InlineData("""[{"op":"copy","path":"/map/z"}]""")]
    [InlineData("""[{"op":"move","from":"/missing","path":"/map/z"}]""")]
    [InlineData("""[{"op":"remove"}]""")]
    [InlineData("""[{"op":"frob","path":"/list"}]""")]
    [InlineData("""[{"path":"/list"}]""")]
    [InlineData("[null]")]
    public void A_patch_that_does_not_apply_is_422(string patch) => Assert.Equal(422, Refusal(patch).Code);

    [Fact]
    public void An_operation_that_is_not_an_object_is_400()
    {
        var refusal = Refusal("[3]");

        Assert.Equal(400, refusal.Code);
        Assert.Equal("json: cannot unmarshal number into Go value of type jsonpatch.Operation", refusal.Message);
    }

    private static KubeError Refusal(string patch) => Assert.Throws<KubeError>(() => Apply(patch));

    // Both texts are literals of this class, an object and an array.
    private static JsonObject Apply(string patch) => JsonPatch.Apply(JsonNode.Parse(Before)!.AsObject(), JsonNode.Parse(patch)!.AsArray());
}
