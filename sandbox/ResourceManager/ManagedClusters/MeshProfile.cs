using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Validation and defaults of a cluster's <c>serviceMeshProfile</c>.</summary>
internal static class MeshProfile
{
    /// <param name="existing">The cluster's current profile. Null when it never had one.</param>
    /// <returns>The profile to store. Null while the cluster has never had a mesh (reference arm.md, section 3, quirk 4).</returns>
    public static JsonObject? Resolve(JsonObject? requested, JsonObject? existing, string kubernetesVersion)
    {
        var mode = requested?.Text("mode");
        if (requested is null || mode == "Disabled")
        {
            // A PUT is the whole cluster: omitting the profile disables the mesh.
            return requested is null && existing is null ? null : new JsonObject { ["mode"] = "Disabled" };
        }

        if (mode != "Istio")
        {
            throw ArmErrors.InvalidParameter(
                "serviceMeshProfile.mode",
                $"The value of parameter serviceMeshProfile.mode is invalid: '{mode}'. Supported values are Istio and Disabled."
            );
        }

        var profile = (JsonObject)requested.DeepClone();
        var istio = profile.Ensure("istio");
        var before = existing?.Texts("istio", "revisions") ?? [];
        var revisions = istio.Texts("revisions");
        if (revisions.Count == 0)
        {
            revisions =
                before.Count > 0
                    ? before
                    : [MeshRevisionCatalog.Default(kubernetesVersion) ?? throw Incompatible("any", kubernetesVersion)];
        }

        CheckRevisions(revisions, before, kubernetesVersion);
        CheckGateways(istio);
        istio["revisions"] = new JsonArray([.. revisions.Order(StringComparer.Ordinal).Select(revision => (JsonNode)revision)]);
        var components = istio.Ensure("components");
        components.Default(
            "proxyRedirectionMechanism",
            existing?.Text("istio", "components", "proxyRedirectionMechanism") ?? (before.Count == 0 ? "CNIChaining" : "InitContainers")
        );
        return profile;
    }

    /// <summary>
    /// One revision, or two during a canary upgrade. The upgrade adds a newer revision (n+1 or n+2). Removing the older one completes it,
    /// removing the newer one rolls it back (reference domain.md, section 1.10).
    /// </summary>
    private static void CheckRevisions(IReadOnlyList<string> revisions, IReadOnlyList<string> before, string kubernetesVersion)
    {
        if (revisions.FirstOrDefault(revision => !before.Contains(revision) && !MeshRevisionCatalog.IsInstallable(revision)) is { } unknown)
        {
            throw NotAllowed($"Revision {unknown} is not supported by the service mesh add-on.");
        }

        // Compatibility is checked when the mesh changes, not when the cluster does (reference domain.md, section 1.2).
        if (
            revisions.FirstOrDefault(revision => !before.Contains(revision) && !MeshRevisionCatalog.Works(revision, kubernetesVersion)) is
            { } incompatible
        )
        {
            throw Incompatible(incompatible, kubernetesVersion);
        }

        if (revisions.Count > 2 || revisions.Distinct().Count() != revisions.Count)
        {
            throw NotAllowed("At most two different revisions can be given.");
        }

        var allowed = (before.Count, revisions.Count) switch
        {
            (0, 1) => true,
            (0, _) => false,
            (1, 1) => revisions[0] == before[0],
            (1, _) => revisions.Contains(before[0]) && MeshRevisionCatalog.UpgradesOf(before[0]).Any(revisions.Contains),
            (_, 1) => before.Contains(revisions[0]),
            _ => revisions.All(before.Contains),
        };
        if (!allowed)
        {
            throw NotAllowed(
                before.Count == 0
                    ? "A new mesh has one revision."
                    : $"From {string.Join(" and ", before)} only a canary upgrade can be started, completed or rolled back, but "
                        + $"{string.Join(" and ", revisions)} was requested."
            );
        }
    }

    private static void CheckGateways(JsonObject istio)
    {
        var gateways = istio.Objects("components", "ingressGateways");
        foreach (var gateway in gateways)
        {
            if (gateway.Text("mode") is not ("External" or "Internal"))
            {
                throw ArmErrors.InvalidParameter(
                    "serviceMeshProfile.istio.components.ingressGateways.mode",
                    $"The ingress gateway mode '{gateway.Text("mode")}' is invalid. Supported values are External and Internal."
                );
            }
        }

        if (gateways.GroupBy(gateway => gateway.Text("mode")).FirstOrDefault(mode => mode.Count() > 1) is { } twice)
        {
            throw ArmErrors.InvalidParameter(
                "serviceMeshProfile.istio.components.ingressGateways",
                $"Only one ingress gateway of mode {twice.Key} is allowed."
            );
        }
    }

    private static ArmException NotAllowed(string reason) =>
        ArmErrors.BadRequest($"Requested change in revisions is not allowed. Reason: {reason}", "serviceMeshProfile.istio.revisions");

    private static ArmException Incompatible(string revision, string kubernetesVersion) =>
        ArmErrors.BadRequest(
            $"Service mesh revision '{revision}' is not compatible with Kubernetes version {kubernetesVersion}. See "
                + "https://aka.ms/asm-aks-addon-docs for compatible versions.",
            "serviceMeshProfile.istio.revisions"
        );
}
