using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// The IP families of Services, as the API server defaults, checks and allocates them (Kubernetes documentation, "IPv4/IPv6 dual-stack";
/// kubernetes/kubernetes, pkg/registry/core/service/storage/alloc.go). Existing Services stay as they are when a cluster becomes
/// dual-stack.
/// </summary>
internal static class ServiceFamilies
{
    private const string Ipv4 = "IPv4";
    private const string Ipv6 = "IPv6";
    private const string Families = "ipFamilies";
    private const string Policy = "ipFamilyPolicy";
    private const string Addresses = "clusterIPs";
    private const string SingleStack = nameof(SingleStack);
    private const string RequireDualStack = nameof(RequireDualStack);

    /// <param name="cluster">The families of the cluster, the primary one first.</param>
    /// <param name="all">The Services of the cluster.</param>
    public static void Allocate(JsonObject? before, JsonObject service, IReadOnlyList<string> cluster, IReadOnlyList<JsonObject> all)
    {
        var spec = service.Child("spec");
        if (spec.Text("type") == "ExternalName")
        {
            return;
        }

        var known = Texts(before, Families);
        var families = Texts(service, Families) is { Count: > 0 } asked ? asked : known;
        var policy = spec.Text(Policy) ?? before.Text("spec", Policy) ?? (families.Count > 1 ? RequireDualStack : SingleStack);
        if (policy == SingleStack && known.Count > 1 && families.SequenceEqual(known))
        {
            families = [families[0]]; // a change of the policy alone drops the second family
        }

        Check(service, known, families, policy, cluster);
        families = families.Count == 0 ? [cluster[0]] : families;
        if (policy != SingleStack && families.Count == 1 && cluster.FirstOrDefault(family => family != families[0]) is { } second)
        {
            families = [.. families, second];
        }

        spec[Policy] = policy;
        spec[Families] = new JsonArray([.. families.Select(family => JsonValue.Create(family))]);
        if (spec.Text("clusterIP") == "None")
        {
            spec[Addresses] = new JsonArray("None");
            return;
        }

        var addresses = families
            .Select((family, index) => Texts(before, Addresses).ElementAtOrDefault(index) ?? Free(family, all))
            .ToList();
        addresses[0] = spec.Text("clusterIP") is { Length: > 0 } chosen ? chosen : addresses[0];
        spec["clusterIP"] = addresses[0];
        spec[Addresses] = new JsonArray([.. addresses.Select(address => JsonValue.Create(address))]);
    }

    private static void Check(
        JsonObject service,
        IReadOnlyList<string> known,
        IReadOnlyList<string> families,
        string policy,
        IReadOnlyList<string> cluster
    )
    {
        var causes = new List<Cause>();
        if (policy is not (SingleStack or RequireDualStack or "PreferDualStack"))
        {
            causes.Add(Cause.Unsupported($"spec.{Policy}", policy, ["PreferDualStack", RequireDualStack, SingleStack]));
        }

        foreach (var (index, family) in families.Index())
        {
            if (family is not (Ipv4 or Ipv6))
            {
                causes.Add(Cause.Unsupported($"spec.{Families}[{index}]", family, [Ipv4, Ipv6]));
            }
            else if (families.Take(index).Contains(family))
            {
                causes.Add(Cause.Duplicate($"spec.{Families}[{index}]", $"\"{family}\""));
            }
            else if (!cluster.Contains(family))
            {
                causes.Add(Cause.Invalid($"spec.{Families}[{index}]", $"\"{family}\"", "not configured on this cluster"));
            }
        }

        if (known.Count > 0 && families.Count > 0 && families[0] != known[0])
        {
            causes.Add(Cause.Invalid($"spec.{Families}[0]", $"\"{families[0]}\"", "may not change once set"));
        }

        if (policy == RequireDualStack && cluster.Count < 2)
        {
            causes.Add(Cause.Invalid($"spec.{Policy}", $"\"{policy}\"", "this cluster is not configured for dual-stack services"));
        }

        if (policy == SingleStack && families.Count > 1)
        {
            // The wording is not measured.
            causes.Add(Cause.Invalid($"spec.{Policy}", $"\"{policy}\"", "may not be SingleStack when multiple 'ipFamilies' are specified"));
        }

        if (causes.Count > 0)
        {
            throw KubeError.Invalid(ResourceCatalog.Service, service.Name(), causes);
        }
    }

    /// <summary>AKS's default ranges: 10.0.0.0/16 and fd12:3456:789a:1::/108.</summary>
    private static string Free(string family, IReadOnlyList<JsonObject> all)
    {
        var taken = all.SelectMany(service => Texts(service, Addresses)).ToHashSet();
        return Enumerable
            .Range(11, 65000)
            .Select(number =>
                family == Ipv6
                    ? string.Create(CultureInfo.InvariantCulture, $"fd12:3456:789a:1::{number:x}")
                    : string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 256}.{number % 256}")
            )
            .First(address => !taken.Contains(address));
    }

    private static IReadOnlyList<string> Texts(JsonObject? service, string name) =>
        [.. service.Items("spec", name).Select(item => item.ToString()).Where(text => text.Length > 0)];
}
