using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

/// <summary>The table of <see cref="DesiredObjects.IsOurs"/>, and the owner of an object without its label.</summary>
public sealed class DesiredObjectsTests
{
    private const string ManagedBy = """ "app.kubernetes.io/managed-by":"meshport" """;
    private const string Exposure = """ "meshport.io/exposure":"db" """;
    private const string Ports = """ "meshport.io/ports":"companion" """;

    [Theory]
    [InlineData("VirtualService", "theirs", ManagedBy, false, true)]
    [InlineData("VirtualService", "meshport-db", Exposure, false, false)]
    [InlineData("VirtualService", "meshport-db", Exposure, true, true)]
    [InlineData("Service", "db", Exposure, true, true)]
    [InlineData("Service", "meshport-external", Ports, true, true)]
    [InlineData("VirtualService", "meshport-db", "", true, true)]
    [InlineData("Service", "meshport-external", "", true, false)]
    [InlineData("Service", "aks-istio-ingressgateway-external", "", true, false)]
    [InlineData("VirtualService", "theirs", "", true, false)]
    public void An_object_is_ours_by_its_label_or_by_what_MeshPort_has_applied(
        string kind,
        string name,
        string labels,
        bool isApplied,
        bool isOurs
    ) => Assert.Equal(isOurs, DesiredObjects.IsOurs(Found(kind, name, labels, isApplied)));

    [Theory]
    [InlineData("Gateway", "meshport-web", Exposure, "db")]
    [InlineData("Gateway", "meshport-web", "", "web")]
    [InlineData("ServiceEntry", "meshport-web-0", "", "web")]
    [InlineData("Deployment", "web", ManagedBy, "web")]
    [InlineData("Service", "meshport-external", Ports, "")]
    public void The_owner_of_an_object_without_its_label_is_in_its_name(string kind, string name, string labels, string owner) =>
        Assert.Equal(owner, DesiredObjects.Owner(Found(kind, name, labels, isApplied: true)));

    private static JsonObject Found(string kind, string name, string labels, bool isApplied)
    {
        var found = Assert.IsType<JsonObject>(
            JsonNode.Parse($$$"""{"kind":"{{{kind}}}","metadata":{"name":"{{{name}}}","labels":{ {{{labels}}} } } }""")
        );
        if (isApplied)
        {
            found["metadata"]?.AsObject()["managedFields"] = new JsonArray(
                new JsonObject
                {
                    ["manager"] = KubernetesApi.FieldManager,
                    ["operation"] = "Apply",
                    ["fieldsV1"] = new JsonObject { ["f:spec"] = new JsonObject() },
                }
            );
        }

        return found;
    }
}
