using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The <c>serviceMeshProfile</c> of a cluster: what is refused, and what is filled in.</summary>
internal static class MeshProfile
{
    /// <param name="existing">The cluster's profile before; null when it never had one.</param>
    /// <returns>The profile to keep; null while the cluster has never had a mesh (reference arm.md, section 3, quirk 4).</returns>
    public static JsonObject? Resolve(JsonObject? requested, JsonObject? existing, string kubernetesVersion)
    {
        var mode = requested?.Text("mode");
        if (requested is null || mode == "Disabled")
        {
            // A PUT is the whole cluster: leaving the profile out of it turns the mesh off.
            return requested is null && existing is null ? null : new JsonObject { ["mode"] = "Disabled" };
        }

        if (mode != "Istio")
        {
            throw ArmErrors.InvalidParameter("serviceMeshProfile.mode", $"The value of parameter serviceMeshProfile.mode is invalid: '{mode}'. Supported values are Istio and Disabled.");
        }

        var profile = (JsonObject)requested.DeepClone();
        var istio = profile.Ensure("istio");
        var before = existing?.Texts("istio", "revisions") ?? [];
        var revisions = istio.Texts("revisions");
        if (revisions.Count == 0)
        {
            revisions = before.Count > 0 ? before : [MeshRevisions.Default(kubernetesVersion) ?? throw Incompatible("any", kubernetesVersion)];
        }

        CheckRevisions(revisions, before, kubernetesVersion);
        CheckGateways(istio);
        istio["revisions"] = new JsonArray([.. revisions.Select(revision => (JsonNode)revision)]);
        var components = istio.Ensure("components");
        components.Default("proxyRedirectionMechanism", existing?.Text("istio", "components", "proxyRedirectionMechanism") ?? (before.Count == 0 ? "CNIChaining" : "InitContainers"));
        return profile;
    }

    private static void CheckRevisions(IReadOnlyList<string> revisions, IReadOnlyList<string> before, string kubernetesVersion)
    {
        if (revisions.FirstOrDefault(revision => !MeshRevisions.Exists(revision)) is { } unknown)
        {
            throw ArmErrors.InvalidParameter(
                "serviceMeshProfile.istio.revisions",
                $"Service mesh revision '{unknown}' is not supported. Supported revisions: {string.Join(", ", MeshRevisions.Names)}.");
        }

        // Compatibility is checked when the mesh changes, not when the cluster does (reference domain.md, section 1.2).
        if (revisions.FirstOrDefault(revision => !before.Contains(revision) && !MeshRevisions.Works(revision, kubernetesVersion)) is { } incompatible)
        {
            throw Incompatible(incompatible, kubernetesVersion);
        }

        if (revisions.Count > 2 || (revisions.Count == 2 && !MeshRevisions.AreConsecutive(revisions)))
        {
            throw ArmErrors.InvalidParameter("serviceMeshProfile.istio.revisions", "At most two service mesh revisions, one an upgrade of the other, can be given during a canary upgrade.");
        }
    }

    private static void CheckGateways(JsonObject istio)
    {
        var gateways = istio.Objects("components", "ingressGateways");
        foreach (var gateway in gateways)
        {
            if (gateway.Text("mode") is not ("External" or "Internal"))
            {
                throw ArmErrors.InvalidParameter("serviceMeshProfile.istio.components.ingressGateways.mode", $"The ingress gateway mode '{gateway.Text("mode")}' is invalid. Supported values are External and Internal.");
            }
        }

        if (gateways.GroupBy(gateway => gateway.Text("mode")).FirstOrDefault(mode => mode.Count() > 1) is { } twice)
        {
            throw ArmErrors.InvalidParameter("serviceMeshProfile.istio.components.ingressGateways", $"Only one ingress gateway of mode {twice.Key} is allowed.");
        }
    }

    private static ArmException Incompatible(string revision, string kubernetesVersion) => ArmErrors.BadRequest(
        $"Service mesh revision '{revision}' is not compatible with Kubernetes version {kubernetesVersion}. See https://aka.ms/asm-aks-addon-docs for compatible versions.",
        "serviceMeshProfile.istio.revisions");
}
