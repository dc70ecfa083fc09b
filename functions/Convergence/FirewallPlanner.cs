using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Firewall;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>What a convergence would do to the security group of the nodes' subnet. Writes nothing.</summary>
internal sealed class FirewallPlanner(ArmClient arm, Installation installation)
{
    /// <param name="isOnlyGuard">Whether nothing else would keep out those who are not allowed.</param>
    /// <param name="wanted">All exposures that there would be, with their addresses as far as they are known.</param>
    /// <returns>Empty where no security group guards the subnet.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<IReadOnlyList<PlannedChange>> PlanAsync(
        ClusterId cluster,
        ClusterSpec spec,
        bool isOnlyGuard,
        IReadOnlyList<NamedExposure> wanted,
        CancellationToken cancellationToken
    )
    {
        var subnet = spec.Network is not { } network ? null : await ReadAsync(EnsureNetwork.SubnetId(cluster, network), cancellationToken);
        if (
            SubnetSecurityGroup.Of(subnet) is not { Length: > 0 } id
            || await ReadAsync(new ResourceIdentifier(id), cancellationToken) is not { } group
        )
        {
            return [];
        }

        var plan = FirewallPlan.Make(
            group,
            FirewallPlan.Prefix(await installation.NameAsync(cancellationToken), cluster),
            wanted.Where(exposure => exposure.Address is not null),
            isOnlyGuard
        );
        var observed = (group["properties"]?["securityRules"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .ToDictionary(rule => rule["name"]?.GetValue<string>() ?? "", StringComparer.OrdinalIgnoreCase);
        List<PlannedChange> changes =
        [
            .. plan.Puts.Select(rule => Put($"{id}/securityRules/{rule.Name}", rule, observed.GetValueOrDefault(rule.Name))),
            .. wanted
                .Where(exposure => exposure.Address is null)
                .Select(exposure =>
                    PlannedChange.Create(
                        $"{id}/securityRules",
                        $"A rule lets port {exposure.Spec.Port} of exposure {exposure.Name} through when it has an address.",
                        null
                    )
                ),
            .. plan.Deletes.Select(name => PlannedChange.Delete($"{id}/securityRules/{name}", "No exposure needs it any more.")),
            .. plan.Refused.Values.Select(verdict => verdict.Message).Distinct().Select(message => PlannedChange.None(id, message)),
        ];
        return changes.Count > 0 ? changes : [PlannedChange.None(id, "Its rules are as desired.")];
    }

    private static PlannedChange Put(string target, FirewallRule rule, JsonObject? observed)
    {
        var why =
            $"It {(rule.Body["properties"]?["access"]?.GetValue<string>() == "Deny" ? "keeps others out of" : "lets through")} {string.Join(", ", rule.Exposures.Select(exposure => exposure.Name).Order(StringComparer.Ordinal))}.";
        return observed is null
            ? PlannedChange.Create(target, why, rule.Body["properties"])
            : PlannedChange.Update(
                target,
                why,
                FieldDifference.Part(observed["properties"], rule.Body["properties"]),
                rule.Body["properties"]
            );
    }

    private Task<JsonObject?> ReadAsync(ResourceIdentifier id, CancellationToken cancellationToken) =>
        new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);
}
