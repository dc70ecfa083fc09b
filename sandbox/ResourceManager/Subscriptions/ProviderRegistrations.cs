using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>The resource providers that a subscription may use: all of them, until one is unregistered.</summary>
internal sealed class ProviderRegistrations(SandboxWorld world)
{
    private const string Table = "providers";
    private static readonly TimeSpan Registering = TimeSpan.FromSeconds(30);

    public string State(string subscription, string provider) => TimedState.Read(world, Table, Key(subscription, provider)) ?? "Registered";

    public void Register(string subscription, string provider)
    {
        if (State(subscription, provider) != "Registered")
        {
            TimedState.Turn(world, Table, Key(subscription, provider), "Registering", "Registered", Registering);
        }
    }

    public void Unregister(string subscription, string provider) =>
        TimedState.Turn(world, Table, Key(subscription, provider), "Unregistering", "NotRegistered", Registering);

    public void Require(ArmRequest request, string provider)
    {
        if (State(request.Subscription, provider) != "Registered")
        {
            throw ArmErrors.MissingSubscriptionRegistration(provider);
        }
    }

    private static string Key(string subscription, string provider) => $"{subscription}/{provider}";
}
