using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Validation of a pod's spec, in a Pod or a template (kubernetes/kubernetes, pkg/apis/core/validation).</summary>
internal static partial class PodValidation
{
    private static readonly string[] Policies = ["Always", "OnFailure", "Never"];

    public static IEnumerable<Cause> Check(JsonNode? spec, string field, bool alwaysRestarts)
    {
        var containers = spec.Items("containers").ToArray();
        if (containers.Length == 0)
        {
            yield return Cause.Missing($"{field}.containers");
        }

        var names = new HashSet<string>();
        foreach (
            var cause in containers
                .SelectMany((container, index) => Container(container, $"{field}.containers[{index}]", names))
                .Concat(
                    spec.Items("initContainers")
                        .SelectMany((container, index) => Container(container, $"{field}.initContainers[{index}]", names))
                )
        )
        {
            yield return cause;
        }

        var policy = spec.Text("restartPolicy");
        if (policy is not null && !(alwaysRestarts ? ["Always"] : Policies).Contains(policy))
        {
            yield return Cause.Unsupported($"{field}.restartPolicy", policy, alwaysRestarts ? ["Always"] : Policies);
        }

        if (spec.Number("terminationGracePeriodSeconds") is { } grace and < 0)
        {
            yield return Cause.Invalid($"{field}.terminationGracePeriodSeconds", $"{grace}", "must be greater than or equal to 0");
        }
    }

    private static IEnumerable<Cause> Container(JsonNode container, string field, HashSet<string> names)
    {
        var name = container.Text("name") ?? "";
        return
        [
            .. name.Length == 0 ? [Cause.Missing($"{field}.name")] : Names.OfLabel(name, $"{field}.name"),
            .. name.Length == 0 || names.Add(name) ? Array.Empty<Cause>() : [Cause.Duplicate($"{field}.name", $"\"{name}\"")],
            .. container.Text("image") is null or "" ? [Cause.Missing($"{field}.image")] : Array.Empty<Cause>(),
            .. container.Text("imagePullPolicy") is { } pull and not ("Always" or "IfNotPresent" or "Never")
                ? [Cause.Unsupported($"{field}.imagePullPolicy", pull, ["Always", "IfNotPresent", "Never"])]
                : Array.Empty<Cause>(),
            .. Ports(container, $"{field}.ports"),
            .. container
                .Items("env")
                .SelectMany(
                    (variable, index) =>
                        variable.Text("name") is null or "" ? [Cause.Missing($"{field}.env[{index}].name")] : Array.Empty<Cause>()
                ),
            .. container
                .Items("volumeMounts")
                .SelectMany(
                    (mount, index) =>
                        mount.Text("mountPath") is null or ""
                            ? [Cause.Missing($"{field}.volumeMounts[{index}].mountPath")]
                            : Array.Empty<Cause>()
                ),
            .. Resources(container["resources"], $"{field}.resources"),
            .. Probe(container["livenessProbe"], $"{field}.livenessProbe", onlyOnce: true),
            .. Probe(container["readinessProbe"], $"{field}.readinessProbe", onlyOnce: false),
            .. Probe(container["startupProbe"], $"{field}.startupProbe", onlyOnce: true),
        ];
    }

    private static IEnumerable<Cause> Ports(JsonNode container, string field)
    {
        var names = new HashSet<string>();
        foreach (var (port, index) in container.Items("ports").Select((port, index) => (port, index)))
        {
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (name.Length > 15 || !PortName().IsMatch(name) || !name.Any(char.IsAsciiLetterLower))
                {
                    yield return Cause.Invalid(
                        $"{field}[{index}].name",
                        $"\"{name}\"",
                        name.Length > 15
                            ? "must be no more than 15 characters"
                            : "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
                    );
                }
                else if (!names.Add(name))
                {
                    yield return Cause.Duplicate($"{field}[{index}].name", $"\"{name}\"");
                }
            }

            if (port.Number("containerPort") is null or 0)
            {
                yield return Cause.Missing($"{field}[{index}].containerPort");
            }
            else if (port.Number("containerPort") is { } number and (< 1 or > 65535))
            {
                yield return Cause.Invalid($"{field}[{index}].containerPort", $"{number}", "must be between 1 and 65535, inclusive");
            }

            if (port.Text("protocol") is { } protocol and not ("TCP" or "UDP" or "SCTP"))
            {
                yield return Cause.Unsupported($"{field}[{index}].protocol", protocol, ["SCTP", "TCP", "UDP"]);
            }
        }
    }

    private static IEnumerable<Cause> Resources(JsonNode? resources, string field)
    {
        foreach (var (name, asked) in resources.At("requests") as JsonObject ?? [])
        {
            if (resources.At("limits", name) is { } limit && Quantity.Parse(asked) > Quantity.Parse(limit))
            {
                yield return Cause.Invalid($"{field}.requests", $"\"{asked}\"", $"must be less than or equal to {name} limit of {limit}");
            }
        }

        foreach (
            var (list, name, value) in new[] { "limits", "requests" }.SelectMany(list =>
                (resources.At(list) as JsonObject ?? []).Select(pair => (list, pair.Key, pair.Value))
            )
        )
        {
            if (Quantity.Parse(value) < 0)
            {
                yield return Cause.Invalid($"{field}.{list}[{name}]", $"\"{value}\"", "must be greater than or equal to 0");
            }
        }
    }

    private static IEnumerable<Cause> Probe(JsonNode? probe, string field, bool onlyOnce)
    {
        if (probe is null)
        {
            yield break;
        }

        var handlers = new[] { "exec", "httpGet", "tcpSocket", "grpc" }.Where(handler => probe.At(handler) is not null).ToArray();
        if (handlers.Length == 0)
        {
            yield return new Cause("FieldValueRequired", "Required value: must specify a handler type", field);
        }

        foreach (var handler in handlers.Skip(1))
        {
            yield return new Cause("FieldValueForbidden", "Forbidden: may not specify more than 1 handler type", $"{field}.{handler}");
        }

        foreach (var handler in handlers.Where(handler => handler is "httpGet" or "tcpSocket"))
        {
            if (probe.At(handler, "port") is { } port && port.Text() is null && probe.Number(handler, "port") is < 1 or > 65535)
            {
                yield return Cause.Invalid($"{field}.{handler}.port", port.ToJsonString(), "must be between 1 and 65535, inclusive");
            }
        }

        foreach (var name in new[] { "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold" })
        {
            if (probe.Number(name) is { } number and < 0)
            {
                yield return Cause.Invalid($"{field}.{name}", $"{number}", "must be greater than or equal to 0");
            }
        }

        if (onlyOnce && probe.Number("successThreshold") is { } threshold and not 1)
        {
            yield return Cause.Invalid($"{field}.successThreshold", $"{threshold}", "must be 1");
        }
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    private static partial Regex PortName();
}
