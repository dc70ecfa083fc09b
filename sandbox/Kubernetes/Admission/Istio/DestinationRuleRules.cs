using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>istiod's validation of a DestinationRule: its host and the names of its subsets. The schema covers traffic policies.</summary>
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
