using System.Text.Json.Nodes;
using MeshPort.ManagedClusters;
using Xunit;

namespace MeshPort.Functions.Tests.ManagedClusters;

public sealed class MeshRevisionsTests
{
    private static readonly JsonArray Offered = new(
        Revision("asm-1-9", "1.34"),
        Revision("asm-1-10", "1.34", "1.35"),
        Revision("asm-1-11", "1.35")
    );

    [Theory]
    [InlineData("1.34", "asm-1-10")]
    [InlineData("1.34.4", "asm-1-10")]
    [InlineData("1.35", "asm-1-11")]
    [InlineData("1.3", null)]
    [InlineData("1.40", null)]
    public void The_newest_compatible_revision_is_chosen_by_number_not_by_text(string version, string? revision) =>
        Assert.Equal(revision, MeshRevisions.Newest(Offered, version));

    private static JsonObject Revision(string name, params string[] versions) =>
        new()
        {
            ["revision"] = name,
            ["compatibleWith"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "kubernetes",
                    ["versions"] = new JsonArray([.. versions.Select(version => JsonValue.Create(version))]),
                }
            ),
        };
}
