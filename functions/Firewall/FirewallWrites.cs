using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Firewall;

/// <summary>
/// Carries out the plan of a security group. Each rule is one resource, so Azure may refuse one rule and accept the others.
/// </summary>
internal static class FirewallWrites
{
    /// <returns>By rule, the refusal.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM is busy or failing, refuses the caller, or does not find the group.</exception>
    public static async Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        ArmClient arm,
        ResourceIdentifier group,
        FirewallPlan plan,
        CancellationToken cancellationToken
    )
    {
        var refused = new Dictionary<string, Observation>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, body) in plan.Writes)
        {
            if (plan.IsHeldBack(name, refused.ContainsKey))
            {
                continue;
            }

            var rule = new ArmJsonResource(arm, new ResourceIdentifier($"{group}/securityRules/{name}"), ApiVersions.Network);
            Task write = body is null ? rule.DeleteAsync(cancellationToken) : rule.PutAsync(body, conditions: null, cancellationToken);
            if (await ArmErrors.FindRefusalAsync(write) is { } refusal)
            {
                refused[name] = refusal;
            }
        }

        return refused;
    }
}
