using MeshPort.Sandbox.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ArmRouteTests
{
    private static readonly ArmRoute Route = new("GET", "/subscriptions/{subscription}/resourceGroups/{group}", _ => new ArmAnswer(200));

    [Theory]
    [InlineData("/SUBSCRIPTIONS/1/resourcegroups/web", true)]
    [InlineData("/subscriptions/1/resourceGroups/web/", true)]
    [InlineData("/subscriptions/1/resourceGroups", false)]
    [InlineData("/subscriptions/1/resourceGroups/web/providers", false)]
    [InlineData("/subscriptions/1/providers/web", false)]
    public void A_path_matches_if_its_literal_segments_are_equal_but_for_case(string path, bool matches) =>
        Assert.Equal(matches, Route.Matches(ArmRoute.Split(path)));

    [Fact]
    public void The_parameters_have_the_values_of_the_path()
    {
        var values = Route.Values(ArmRoute.Split("/subscriptions/1/resourceGroups/Web"));

        Assert.Equal("1", values["subscription"]);
        Assert.Equal("Web", values["group"]);
    }

    [Fact]
    public void A_literal_segment_precedes_a_parameter()
    {
        var named = new ArmRoute("GET", "/subscriptions/{subscription}/{kind}/{name}", _ => new ArmAnswer(200));

        Assert.True(string.CompareOrdinal(Route.Precedence, named.Precedence) < 0);
    }
}
