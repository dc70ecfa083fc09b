using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

public sealed class FilterTests(ArmFixture arm) : IClassFixture<ArmFixture>
{
    [Theory]
    [InlineData(
        "StringIn",
        """
            {"advancedFilters":[{"operatorType":"StringIn","key":"data.operationName",
            "values":["x","Microsoft.Network/networkSecurityGroups/WRITE"]}]}
            """,
        "group"
    )]
    [InlineData(
        "StringNotIn",
        """
            {"advancedFilters":[{"operatorType":"StringNotIn","key":"data.operationName",
            "values":["microsoft.network/networksecuritygroups/write"]}]}
            """,
        "Net"
    )]
    [InlineData(
        "StringContains",
        """{"advancedFilters":[{"operatorType":"StringContains","key":"data.resourceUri","values":["/VIRTUALnetworks/"]}]}""",
        "Net"
    )]
    [InlineData(
        "StringNotContains",
        """{"advancedFilters":[{"operatorType":"StringNotContains","key":"subject","values":["/virtualNetworks/"]}]}""",
        "group"
    )]
    [InlineData(
        "StringBeginsWith",
        """{"advancedFilters":[{"operatorType":"StringBeginsWith","key":"Data.OperationName","values":["microsoft.network/network"]}]}""",
        "group"
    )]
    [InlineData("StringEndsWith", """{"advancedFilters":[{"operatorType":"StringEndsWith","key":"subject","values":["/net"]}]}""", "Net")]
    [InlineData(
        "two",
        """
            {"advancedFilters":[{"operatorType":"StringContains","key":"subject","values":["/net"]},
            {"operatorType":"StringContains","key":"subject","values":["securityGroups"]}]}
            """,
        "group"
    )]
    [InlineData(
        "absent",
        """
            {"advancedFilters":[{"operatorType":"StringNotIn","key":"data.nothing","values":["x"]},
            {"operatorType":"IsNullOrUndefined","key":"data.nothing"},{"operatorType":"IsNotNull","key":"data.claims.appid"}]}
            """,
        "Net group"
    )]
    [InlineData("numbers", """{"advancedFilters":[{"operatorType":"NumberIn","key":"data.claims.exp","values":[1]}]}""", "")]
    [InlineData("not numbers", """{"advancedFilters":[{"operatorType":"NumberNotIn","key":"data.nothing","values":[1]}]}""", "Net group")]
    [InlineData("begins", """{"subjectBeginsWith":"SCOPE/providers/microsoft.network/virtualnetworks"}""", "Net")]
    [InlineData("ends", """{"subjectEndsWith":"/net"}""", "Net")]
    [InlineData("exact case", """{"subjectEndsWith":"/net","isSubjectCaseSensitive":true}""", "")]
    [InlineData("own case", """{"subjectEndsWith":"/Net","isSubjectCaseSensitive":true}""", "Net")]
    [InlineData("types", """{"includedEventTypes":["Microsoft.Resources.ResourceDeleteSuccess"]}""", "")]
    public async Task A_filter_passes_only_matching_events(string name, string filter, string expected)
    {
        var group = $"filter-{name.Replace(' ', '-')}";
        await arm.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        await using var hook = await WebHook.StartAsync();
        await using var all = await WebHook.StartAsync();
        await Grid.SubscribeAsync(
            arm.Clients,
            Grid.Group(group),
            "filtered",
            hook.Url,
            $$"""{"filter":{{filter.Replace("SCOPE", Grid.Group(group), StringComparison.Ordinal)}}}"""
        );
        await Grid.SubscribeAsync(arm.Clients, Grid.Group(group), "all", all.Url, Grid.NetworksOnly);

        await Grid.PutNetworkAsync(arm.Clients, group, "Net");
        await arm.SendAsync("PUT", ArmFixture.NetworkPath(group, "networkSecurityGroups", "group"), """{"location":"eastus2"}""");
        await all.EventsAsync(2);
        await Wait.UntilAsync(() => arm.Sandbox.Events.Waiting == 0, TestContext.Current.CancellationToken);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), hook.Events.Names().Order(StringComparer.Ordinal));
    }
}
