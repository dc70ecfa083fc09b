using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>
/// The plan for the resource providers that a new cluster needs, pure. A new subscription has none of them, and Azure refuses the network
/// and the cluster until they are registered. A cluster that exists has them.
/// <code>
/// cluster   state of a provider        change     reported
/// exists    not read                   -          True  NothingToDo
/// absent    Registered, hidden         -          True  Registered
/// absent    Registering, Unregistering -          wait  Registering
/// absent    any other                  register   wait  Registering; False AccessDenied when refused by 403
/// </code>
/// The step waits while one provider waits. A provider whose state MeshPort may not read counts as registered: the refusal of the cluster
/// tells if it is not.
/// </summary>
internal static class RequiredProvidersPlan
{
    /// <summary>
    /// The namespaces that AKS uses in the subscription: the cluster itself; subnets, load balancers and public addresses, also those of
    /// Istio's gateways; the nodes; the identity of the kubelets.
    /// </summary>
    public static readonly IReadOnlyList<string> Namespaces =
    [
        "Microsoft.ContainerService",
        "Microsoft.Network",
        "Microsoft.Compute",
        "Microsoft.ManagedIdentity",
    ];

    public static StepPlan<ArmChange> Of(string subscriptionId, RequiredProvidersSnapshot snapshot)
    {
        if (snapshot.States is not { } states)
        {
            return StepPlan<ArmChange>.Nothing(
                Observation.True(Reasons.NothingToDo, "The cluster exists, so its providers are registered.")
            );
        }

        var waiting = Namespaces
            .Select(name => (Name: name, State: states.GetValueOrDefault(name)))
            .Where(one => one.State is not (null or "Registered"))
            .ToList();
        if (waiting.Count == 0)
        {
            return StepPlan<ArmChange>.Nothing(Observation.True(Reasons.Registered, "The cluster's resource providers are registered."));
        }

        IReadOnlyList<ArmChange> changes =
        [
            .. waiting
                .Where(one => one.State is not ("Registering" or "Unregistering"))
                .Select(one => Register(subscriptionId, one.Name, one.State ?? "")),
        ];
        var message = string.Join(" ", waiting.Select(one => $"{one.Name} is {one.State}."));
        return new(
            changes,
            StepResult.AskAgain(Reasons.Registering, $"{message} The cluster waits for its resource providers."),
            [.. changes.Select(change => change.DryRun)]
        );
    }

    /// <summary>The report after the changes: without the right to register, waiting does not help.</summary>
    public static StepResult Report(ArmOutcome outcome) =>
        outcome.Notes.Count == 0
            ? outcome.Result
            : StepResult.Done(Observation.False(Reasons.AccessDenied, string.Join(" ", outcome.Notes)));

    private static ArmChange Register(string subscriptionId, string name, string state)
    {
        var id = ProviderPlan.IdOf(subscriptionId, name).ToString();
        var told = PlannedChange.Update(id, "The cluster needs the provider.", State(state), State("Registered"));
        return new ArmChange(ArmVerb.Register, id, ApiVersions.Resources, null, told)
        {
            Tolerates =
            [
                new ArmTolerance(
                    "403",
                    $"MeshPort may not register {name}, which is {state}. Deploy MeshPort's role again (infra/README.md), "
                        + $"or register it: az provider register --namespace {name} --subscription {subscriptionId}"
                ),
            ],
        };
    }

    private static JsonObject State(string state) => new() { ["registrationState"] = state };
}
