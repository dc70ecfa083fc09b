using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>What istiod refuses in a DestinationRule: its host and its subsets' names. Traffic policies are left to the definition's schema.</summary>
internal static class DestinationRuleRules
{
    public static IEnumerable<string> Problems(JsonObject rule)
    {
        foreach (var problem in IstioHosts.Wildcard(rule.Text("spec", "host") ?? ""))
        {
            yield return problem;
        }

        var names = new HashSet<string>();
        foreach (var name in rule.Items("spec", "subsets").Select(subset => subset.Text("name") ?? "").Where(name => !names.Add(name)))
        {
            yield return $"duplicate subset names: {name}";
        }
    }
}
