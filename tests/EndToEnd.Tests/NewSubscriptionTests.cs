using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Features;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>A new subscription has none of the resource providers that a cluster needs.</summary>
public sealed class NewSubscriptionTests
{
    private static readonly string Subscription = $"/subscriptions/{MeshPortHost.Id.SubscriptionId}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_request_of_the_walk_through_registers_the_providers_and_succeeds()
    {
        await using var room = await FailureRoom.StartAsync();
        await UnregisterAsync(room);

        var operation = await room.Host.PutClusterAsync(Token);
        await room.SeesAsync(ConditionTypes.FeaturesRegistered, ConditionStatus.Unknown, Reasons.Registering, "resource providers");
        await room.Host.SucceedAsync(operation, Token);
    }

    [Fact]
    public async Task A_dry_run_lists_the_registrations()
    {
        await using var room = await FailureRoom.StartAsync();
        await UnregisterAsync(room);
        await Wait.UntilAsync(
            "the providers are unregistered",
            Walkthrough.Within,
            async () => (await StateAsync(room, RequiredProvidersPlan.Namespaces[^1])) == "NotRegistered",
            Token
        );

        var spec = FailureRoom.ClusterWith("kubernetesVersion", "1.34");
        var changes = await room.Host.PlanAsync(HttpMethod.Put, MeshPortHost.Cluster, spec, Token);

        Assert.Equal(
            RequiredProvidersPlan.Namespaces.Select(name => $"{Subscription}/providers/{name}"),
            changes
                .Select(change => $"{change["target"]}")
                .Where(target =>
                    target.StartsWith($"{Subscription}/providers/Microsoft.", StringComparison.Ordinal)
                    && !target.Contains("Features", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public async Task Without_the_right_to_register_the_condition_says_what_to_do()
    {
        await using var room = await FailureRoom.StartAsync();
        await UnregisterAsync(room);
        room.Break(FaultLayer.Arm, FaultKind.Refused, "POST */register");

        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.FeaturesRegistered, ConditionStatus.False, Reasons.AccessDenied, "az provider register");

        room.Mend();
        await room.SeesAsync(ConditionTypes.ClusterReady, ConditionStatus.True, Reasons.AsDesired, "");
    }

    private static async Task UnregisterAsync(FailureRoom room)
    {
        foreach (var name in RequiredProvidersPlan.Namespaces)
        {
            await room.Azure.PostAsync($"{Subscription}/providers/{name}/unregister");
        }
    }

    private static async Task<string> StateAsync(FailureRoom room, string name) =>
        $"{((JsonObject)await room.Azure.GetAsync($"{Subscription}/providers/{name}"))["registrationState"]}";
}
