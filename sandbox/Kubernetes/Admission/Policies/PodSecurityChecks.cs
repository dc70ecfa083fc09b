using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// The checks of the Pod Security Standards, each with its reason and detail (kubernetes/kubernetes, pod-security-admission/policy). Not
/// simulated: AppArmor, SELinux, Windows and the hosts of probes.
/// </summary>
internal static class PodSecurityChecks
{
    private static readonly HashSet<string> DefaultCapabilities =
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];

    private static readonly HashSet<string> SafeSysctls =
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ];

    private static readonly HashSet<string> RestrictedVolumes =
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];

    private static readonly string[] HostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];

    /// <returns>The violations, those of <c>baseline</c> first.</returns>
    public static IEnumerable<string> Of(JsonNode spec, bool restricted) =>
        [.. Baseline(spec, restricted), .. restricted ? Restricted(spec) : []];

    private static IEnumerable<string> Baseline(JsonNode spec, bool restricted)
    {
        if (!restricted && Containers(spec, container => OtherCapabilities(container).Length > 0) is { Length: > 0 } capable)
        {
            yield return $"non-default capabilities ({Named(capable)} must not include "
                + $"{Quoted(capable.SelectMany(OtherCapabilities).Distinct().Order(StringComparer.Ordinal))} in "
                + "securityContext.capabilities.add)";
        }

        if (HostNamespaces.Where(name => spec.Flag(name) == true).ToArray() is { Length: > 0 } hosts)
        {
            yield return $"host namespaces ({string.Join(", ", hosts.Select(name => $"{name}=true"))})";
        }

        if (Volumes(spec, volume => volume.At("hostPath") is not null) is { Length: > 0 } paths)
        {
            yield return $"hostPath volumes ({(paths.Length == 1 ? "volume" : "volumes")} {Quoted(paths)})";
        }

        if (Containers(spec, container => HostPorts(container).Any()) is { Length: > 0 } listening)
        {
            string[] ports = [.. listening.SelectMany(HostPorts).Distinct().Order(StringComparer.Ordinal)];
            yield return $"hostPort ({Named(listening)} {(listening.Length == 1 ? "uses" : "use")} "
                + $"{(ports.Length == 1 ? "hostPort" : "hostPorts")} {string.Join(", ", ports)})";
        }

        if (Containers(spec, container => container.Flag("securityContext", "privileged") == true) is { Length: > 0 } privileged)
        {
            yield return $"privileged ({Named(privileged)} must not set securityContext.privileged=true)";
        }

        if (
            Containers(spec, container => container.Text("securityContext", "procMount") is not (null or "Default")) is
            { Length: > 0 } mounting
        )
        {
            yield return $"procMount ({Named(mounting)} must not set securityContext.procMount to "
                + $"{Quoted(mounting.Select(container => container.Text("securityContext", "procMount") ?? "").Distinct())})";
        }

        if (!restricted && Seccomp(spec, allowsNone: true) is { } profile)
        {
            yield return profile;
        }

        string[] sysctls =
        [
            .. spec.Items("securityContext", "sysctls")
                .Select(sysctl => sysctl.Text("name") ?? "")
                .Where(name => !SafeSysctls.Contains(name)),
        ];
        if (sysctls.Length > 0)
        {
            yield return $"forbidden sysctls ({string.Join(", ", sysctls)})";
        }
    }

    private static IEnumerable<string> Restricted(JsonNode spec)
    {
        if (
            Containers(spec, container => container.Flag("securityContext", "allowPrivilegeEscalation") != false) is
            { Length: > 0 } escalating
        )
        {
            yield return $"allowPrivilegeEscalation != false ({Named(escalating)} must set "
                + "securityContext.allowPrivilegeEscalation=false)";
        }

        if (Capabilities(spec) is { } capabilities)
        {
            yield return $"unrestricted capabilities ({capabilities})";
        }

        if (
            spec.Items("volumes").Select(volume => (Volume: volume, Type: VolumeType(volume))).Where(IsRestricted).ToArray() is
            { Length: > 0 } volumes
        )
        {
            string[] types = [.. volumes.Select(volume => volume.Type).Distinct().Order(StringComparer.Ordinal)];
            yield return $"restricted volume types ({(volumes.Length == 1 ? "volume" : "volumes")} "
                + $"{Quoted(volumes.Select(volume => volume.Volume.Text("name") ?? ""))} "
                + $"{(volumes.Length == 1 ? "uses" : "use")} restricted "
                + $"volume {(types.Length == 1 ? "type" : "types")} {Quoted(types)})";
        }

        if (NonRoot(spec) is { } user)
        {
            yield return $"runAsNonRoot != true ({user})";
        }

        if (RootUser(spec) is { } root)
        {
            yield return $"runAsUser=0 ({root})";
        }

        if (Seccomp(spec, allowsNone: false) is { } profile)
        {
            yield return profile;
        }

        static bool IsRestricted((JsonNode Volume, string Type) volume) => !RestrictedVolumes.Contains(volume.Type);
    }

    private static string? Capabilities(JsonNode spec)
    {
        var keeping = Containers(
            spec,
            container => !container.Items("securityContext", "capabilities", "drop").Any(dropped => dropped.ToString() == "ALL")
        );
        string[] Added(JsonNode container) =>
            [
                .. container
                    .Items("securityContext", "capabilities", "add")
                    .Select(added => added.ToString())
                    .Where(added => added != "NET_BIND_SERVICE"),
            ];
        var adding = Containers(spec, container => Added(container).Length > 0);
        string[] details =
        [
            .. keeping.Length > 0 ? [$"{Named(keeping)} must set securityContext.capabilities.drop=[\"ALL\"]"] : Array.Empty<string>(),
            .. adding.Length > 0
                ?
                [
                    $"{Named(adding)} must not include {Quoted(adding.SelectMany(Added).Distinct().Order(StringComparer.Ordinal))} in "
                        + "securityContext.capabilities.add",
                ]
                : Array.Empty<string>(),
        ];
        return details.Length > 0 ? string.Join("; ", details) : null;
    }

    private static string? NonRoot(JsonNode spec)
    {
        var pod = spec.Flag("securityContext", "runAsNonRoot");
        var wrong = Containers(spec, container => container.Flag("securityContext", "runAsNonRoot") == false);
        if (pod == false || wrong.Length > 0)
        {
            return Setters(pod == false, wrong) + " must not set securityContext.runAsNonRoot=false";
        }

        var silent = pod == true ? [] : Containers(spec, container => container.Flag("securityContext", "runAsNonRoot") is null);
        return silent.Length > 0 ? $"pod or {Named(silent)} must set securityContext.runAsNonRoot=true" : null;
    }

    private static string? RootUser(JsonNode spec)
    {
        var pod = spec.Number("securityContext", "runAsUser") == 0;
        var root = Containers(spec, container => container.Number("securityContext", "runAsUser") == 0);
        return pod || root.Length > 0 ? $"{Setters(pod, root)} must not set runAsUser=0" : null;
    }

    private static string? Seccomp(JsonNode spec, bool allowsNone)
    {
        static string? Profile(JsonNode? node) => node.Text("securityContext", "seccompProfile", "type");
        static bool IsBad(string? profile) => profile is not (null or "RuntimeDefault" or "Localhost");
        var pod = Profile(spec);
        var wrong = Containers(spec, container => IsBad(Profile(container)));
        if (IsBad(pod) || wrong.Length > 0)
        {
            var values = wrong.Select(container => Profile(container) ?? "").Concat(IsBad(pod) ? [pod ?? ""] : []);
            return $"seccompProfile ({Setters(IsBad(pod), wrong)} must not set securityContext.seccompProfile.type to "
                + $"{Quoted(values.Distinct().Order(StringComparer.Ordinal))})";
        }

        var silent = allowsNone || pod is not null ? [] : Containers(spec, container => Profile(container) is null);
        return silent.Length > 0
            ? $"seccompProfile (pod or {Named(silent)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
            : null;
    }

    private static string Setters(bool pod, JsonNode[] containers) =>
        string.Join(" and ", (pod ? ["pod"] : Array.Empty<string>()).Concat(containers.Length > 0 ? [Named(containers)] : []));

    private static string[] OtherCapabilities(JsonNode container) =>
        [
            .. container
                .Items("securityContext", "capabilities", "add")
                .Select(added => added.ToString())
                .Where(added => !DefaultCapabilities.Contains(added)),
        ];

    private static IEnumerable<string> HostPorts(JsonNode container) =>
        container.Items("ports").Select(port => port.Number("hostPort")).Where(port => port > 0).Select(port => $"{port}");

    private static string VolumeType(JsonNode volume) =>
        volume is JsonObject map ? map.Select(pair => pair.Key).FirstOrDefault(name => name != "name") ?? "emptyDir" : "";

    private static string[] Volumes(JsonNode spec, Func<JsonNode, bool> isWrong) =>
        [.. spec.Items("volumes").Where(isWrong).Select(volume => volume.Text("name") ?? "")];

    private static JsonNode[] Containers(JsonNode spec, Func<JsonNode, bool> isWrong) =>
        [.. spec.Items("initContainers").Concat(spec.Items("containers")).Where(isWrong)];

    private static string Named(JsonNode[] containers) =>
        $"{(containers.Length == 1 ? "container" : "containers")} {Quoted(containers.Select(container => container.Text("name") ?? ""))}";

    private static string Quoted(IEnumerable<string> texts) => string.Join(", ", texts.Select(text => $"\"{text}\""));
}
