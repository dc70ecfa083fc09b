using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Defaults, validation and allocation of Services (kube-semantics points 6, 8, 10).</summary>
internal static class ServiceAdmission
{
    public static void Default(JsonObject service)
    {
        var spec = service.Child("spec");
        spec["type"] ??= "ClusterIP";
        spec["sessionAffinity"] ??= "None";
        spec["internalTrafficPolicy"] ??= "Cluster";
        foreach (var port in spec.Items("ports").OfType<JsonObject>())
        {
            port["protocol"] ??= "TCP";
            if (port["targetPort"] is null or JsonValue && port["targetPort"].Number() is 0 || port["targetPort"] is null)
            {
                port["targetPort"] = port["port"]?.DeepClone() ?? 0;
            }
        }

        if (spec.Text("type") == "LoadBalancer")
        {
            spec["allocateLoadBalancerNodePorts"] ??= true;
        }
        else
        {
            spec.Remove("allocateLoadBalancerNodePorts");
        }

        if (spec.Text("type") is "LoadBalancer" or "NodePort")
        {
            spec["externalTrafficPolicy"] ??= "Cluster";
        }
        else
        {
            spec.Remove("externalTrafficPolicy");
        }
    }

    public static IEnumerable<Cause> Validate(JsonObject service)
    {
        var ports = service.Items("spec", "ports").ToArray();
        if (ports.Length == 0 && service.Text("spec", "clusterIP") != "None" && service.Text("spec", "type") != "ExternalName")
        {
            yield return Cause.Missing("spec.ports");
        }

        foreach (var cause in Rules(service["spec"]))
        {
            yield return cause;
        }

        var names = new HashSet<string>();
        var keys = new HashSet<string>();
        for (var index = 0; index < ports.Length; index++)
        {
            var field = $"spec.ports[{index}]";
            foreach (var cause in Port(ports[index], field, needsName: ports.Length > 1, names))
            {
                yield return cause;
            }

            var key = $"{ports[index].Number("port")}/{ports[index].Text("protocol")}";
            if (!keys.Add(key))
            {
                yield return Cause.Duplicate(
                    field,
                    $"{{\"port\":{ports[index].Number("port")},\"protocol\":\"{ports[index].Text("protocol")}\"}}"
                );
            }
        }
    }

    /// <summary>Rules over the whole spec (kubernetes/kubernetes, pkg/apis/core/validation, ValidateService).</summary>
    private static IEnumerable<Cause> Rules(JsonNode? spec)
    {
        var type = spec.Text("type") ?? "";
        if (type is not ("ClusterIP" or "NodePort" or "LoadBalancer" or "ExternalName"))
        {
            yield return Cause.Unsupported("spec.type", type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
        }

        if (type == "ExternalName" && spec.Text("externalName") is null or "")
        {
            yield return Cause.Missing("spec.externalName");
        }

        if (spec.Text("clusterIP") is { Length: > 0 } and not "None" and var address && !System.Net.IPAddress.TryParse(address, out _))
        {
            yield return Cause.Invalid(
                "spec.clusterIPs[0]",
                $"\"{address}\"",
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            );
        }

        if (type == "LoadBalancer" && spec.Text("clusterIP") == "None")
        {
            yield return Cause.Invalid("spec.clusterIPs[0]", "\"None\"", "may not be set to 'None' for LoadBalancer services");
        }

        foreach (
            var (name, supported) in new[]
            {
                ("sessionAffinity", new[] { "ClientIP", "None" }),
                ("externalTrafficPolicy", ["Cluster", "Local"]),
                ("internalTrafficPolicy", ["Cluster", "Local"]),
            }
        )
        {
            if (spec.Text(name) is { } value && !supported.Contains(value))
            {
                yield return Cause.Unsupported($"spec.{name}", value, supported);
            }
        }

        foreach (var (range, index) in spec.Items("loadBalancerSourceRanges").Select((range, index) => (range.ToString().Trim(), index)))
        {
            if (type != "LoadBalancer")
            {
                yield return new Cause(
                    "FieldValueForbidden",
                    "Forbidden: may only be used when `type` is 'LoadBalancer'",
                    "spec.LoadBalancerSourceRanges"
                );
            }
            else if (!System.Net.IPNetwork.TryParse(range, out _))
            {
                yield return Cause.Invalid(
                    $"spec.loadBalancerSourceRanges[{index}]",
                    $"\"{range}\"",
                    "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
                );
            }
        }

        if (spec.Strings("selector").FirstOrDefault(pair => pair.Value.Length > 63) is { Key: not null } pair)
        {
            yield return Cause.Invalid("spec.selector", $"\"{pair.Value}\"", "must be no more than 63 characters");
        }
    }

    public static IEnumerable<Cause> Immutable(JsonObject before, JsonObject service)
    {
        if (
            before.Text("spec", "type") != "ExternalName"
            && service.Text("spec", "type") != "ExternalName"
            && before.Text("spec", "clusterIP") is { Length: > 0 } known
            && service.Text("spec", "clusterIP") is { Length: > 0 } other
            && known != other
        )
        {
            yield return Cause.Invalid("spec.clusterIPs[0]", $"[\"{other}\"]", "may not change once set");
        }
    }

    /// <summary>
    /// Allocates the cluster address and node ports. The values of <paramref name="before"/> stay where the new object omits them.
    /// </summary>
    /// <param name="families">The families of the cluster.</param>
    public static void Allocate(
        JsonObject? before,
        JsonObject service,
        IReadOnlyList<JsonObject> all,
        IReadOnlyList<string> families,
        bool dryRun
    )
    {
        var spec = service.Child("spec");
        ServiceFamilies.Allocate(before, service, families, all);
        var wanted =
            spec.Text("type") is "NodePort" || (spec.Text("type") is "LoadBalancer" && spec.Flag("allocateLoadBalancerNodePorts") != false);
        var others = all.Where(other => other.Uid() != service.Uid())
            .SelectMany(other =>
                other.Items("spec", "ports").Select(port => port.Number("nodePort")).Append(other.Number("spec", "healthCheckNodePort"))
            )
            .OfType<long>()
            .ToHashSet();
        new NodePortAllocation(service, others).Run(before, wanted, dryRun);
        AllocateHealthCheck(before, spec, others);
    }

    /// <summary>The port on which kube-proxy reports whether a node has a pod of a Service with traffic policy Local.</summary>
    private static void AllocateHealthCheck(JsonObject? before, JsonObject spec, HashSet<long> others)
    {
        if (spec.Text("type") != "LoadBalancer" || spec.Text("externalTrafficPolicy") != "Local")
        {
            spec.Remove("healthCheckNodePort");
            return;
        }

        if (spec.Number("healthCheckNodePort") is null or 0)
        {
            var taken = spec.Items("ports").Select(port => port.Number("nodePort")).OfType<long>().Concat(others).ToHashSet();
            spec["healthCheckNodePort"] =
                before.Number("spec", "healthCheckNodePort")
                ?? (
                    Enumerable
                        .Range(NodePortAllocation.First, NodePortAllocation.Count)
                        .Reverse()
                        .Cast<int?>()
                        .FirstOrDefault(port => !taken.Contains(port ?? 0))
                    ?? throw new KubeError(
                        500,
                        "InternalError",
                        "Internal error occurred: failed to allocate a HealthCheck NodePort: range is full"
                    )
                );
        }
    }

    private static IEnumerable<Cause> Port(JsonNode port, string field, bool needsName, HashSet<string> names)
    {
        var name = port.Text("name") ?? "";
        if (name.Length == 0 && needsName)
        {
            yield return Cause.Missing($"{field}.name");
        }
        else if (name.Length > 0)
        {
            foreach (var cause in Names.OfLabel(name, $"{field}.name"))
            {
                yield return cause;
            }

            if (!names.Add(name))
            {
                yield return Cause.Duplicate($"{field}.name", $"\"{name}\"");
            }
        }

        if (OutOfRange(port.Number("port") ?? 0))
        {
            yield return Cause.Invalid($"{field}.port", $"{port.Number("port") ?? 0}", "must be between 1 and 65535, inclusive");
        }

        if (port.Text("protocol") is not ("TCP" or "UDP" or "SCTP"))
        {
            yield return Cause.Unsupported($"{field}.protocol", port.Text("protocol") ?? "", ["SCTP", "TCP", "UDP"]);
        }

        if (port.Text("targetPort") is { } named)
        {
            if (named.Length > 15)
            {
                yield return Cause.Invalid($"{field}.targetPort", $"\"{named}\"", "must be no more than 15 characters");
            }
        }
        else if (OutOfRange(port.Number("targetPort") ?? 0))
        {
            yield return Cause.Invalid(
                $"{field}.targetPort",
                $"{port.Number("targetPort") ?? 0}",
                "must be between 1 and 65535, inclusive"
            );
        }
    }

    private static bool OutOfRange(long port) => port is < 1 or > 65535;
}
