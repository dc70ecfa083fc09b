using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Reads the ports of an exposure: <c>port</c>, or <c>ports</c> with several (ADR 16).</summary>
internal static class ExposurePorts
{
    /// <summary>
    /// Each port takes a rule and a health probe of the load balancer, with at most 299 rules for the whole cluster, and a node port
    /// (domain facts, section 6). The default of the port budget has room for one such exposure and as many ports of others. Objects have
    /// room for more: an EndpointSlice for 20,000 ports (kubernetes/kubernetes#99795), a ServiceEntry for 256 (its CRD).
    /// </summary>
    public const int Most = 120;

    private const string Ports = "ports";

    public static (int? Port, IReadOnlyList<PortRange>? Ports) Read(SpecReader reader)
    {
        reader.RequireOne("port", Ports);
        var port = reader.Number("port", 1, ExposureValidator.LastPort);
        if (port is { } number && GatewayPort.Refusal(number) is { } refusal)
        {
            reader.Error("port", "ReservedPort", refusal);
        }

        var found = ReadList(reader);
        foreach (var (range, index) in found)
        {
            if (range.Ports.Select(GatewayPort.PlainRefusal).FirstOrDefault(problem => problem is not null) is { } reserved)
            {
                reader.Error($"{Ports}/{index}", "ReservedPort", reserved);
            }
        }

        // With both fields, which is an error, the list counts.
        return found.Count == 0 ? (port, null) : (null, [.. found.Select(one => one.Range)]);
    }

    /// <summary>The ports to probe; null for all.</summary>
    public static IReadOnlyList<PortRange>? OfProbe(SpecReader reader) =>
        ReadList(reader) is { Count: > 0 } found ? [.. found.Select(one => one.Range)] : null;

    public static void CheckTogether(ExposureSpec exposure, SpecReader reader)
    {
        foreach (var (index, range) in (exposure.Probe.Ports ?? []).Index())
        {
            if (range.Ports.All(exposure.HasPort))
            {
                continue;
            }

            reader.Error(
                $"probe/{Ports}/{index}",
                "InvalidCombination",
                $"The exposure does not have all ports of {range}. Probe ports of the exposure only."
            );
        }

        if (exposure.Ports is not null)
        {
            CheckList(exposure, reader);
        }
        else if (exposure.Port == GatewayPort.Shared)
        {
            CheckShared(exposure, reader);
        }

        if (exposure.OnlyPort is not null || exposure.Ports is not null)
        {
            CheckBackends(exposure, reader);
        }
    }

    /// <returns>The ranges with their index in the list; empty when they are too many, which is an error.</returns>
    private static IReadOnlyList<(PortRange Range, int Index)> ReadList(SpecReader reader)
    {
        var found = reader.Ports(Ports);
        var count = found.Sum(one => (long)one.Range.Count);
        if (count > Most)
        {
            reader.Error(
                Ports,
                "TooMany",
                $"The list has {count} ports, and at most {Most} are possible: each one takes a rule and a health probe of the load "
                    + "balancer (299 rules at most) and a node port. Narrow the ranges, or use several exposures."
            );
            return [];
        }

        foreach (var (position, one) in found.Index())
        {
            if (found.Take(position).FirstOrDefault(other => other.Range.Overlaps(one.Range)).Range is { } earlier)
            {
                reader.Error($"{Ports}/{one.Index}", "Duplicate", $"{one.Range} and {earlier} have ports in common. List each port once.");
            }
        }

        return found;
    }

    private static void CheckList(ExposureSpec exposure, SpecReader reader)
    {
        if (exposure.Protocol == ExposureProtocol.Tls)
        {
            reader.Error(
                Ports,
                "InvalidCombination",
                "Server names and certificates belong to a single port, which exposures share by the names. Use an exposure with 'port' "
                    + "for each port, or protocol TCP, which passes TLS through as it is."
            );
        }

        if (exposure.Adopt)
        {
            reader.Error(
                Ports,
                "InvalidCombination",
                "An exposure takes over a single port at a time. Adopt each port with an exposure of its own ('port'), or remove 'adopt'."
            );
        }
    }

    /// <summary>Exposures share port 443 with the other users of the gateway by server names.</summary>
    private static void CheckShared(ExposureSpec exposure, SpecReader reader)
    {
        if (exposure.Protocol == ExposureProtocol.Tcp)
        {
            reader.Error("port", "ReservedPort", GatewayPort.PlainRefusal(exposure.Port) ?? "");
        }
        else if (exposure is { SniHosts.Count: 0, Tls.Mode: not TlsMode.Passthrough })
        {
            reader.Error(
                "sniHosts",
                "Required",
                $"Port {exposure.Port} of the gateway has other users, and only server names tell their connections apart. List the names "
                    + "of the exposure, or choose another port."
            );
        }

        if (exposure.Adopt)
        {
            reader.Error(
                "adopt",
                "InvalidCombination",
                $"Port {exposure.Port} stays with the owner of the gateway's Service, so an exposure cannot take it over. Remove 'adopt'."
            );
        }
    }

    /// <summary>The ports of backends and the container must be ports, too, and the Service of a workload has each of them once.</summary>
    private static void CheckBackends(ExposureSpec exposure, SpecReader reader)
    {
        var (least, most) = (exposure.AllPorts.Min() - exposure.Port, exposure.AllPorts.Max() - exposure.Port);
        foreach (var (index, backend) in exposure.Backends.Index())
        {
            CheckMapping(exposure, reader, $"backends/{index}/port", backend.Port, least, most);
        }

        if (exposure is not { Workload: { } workload, Backends: [var first, ..] })
        {
            return;
        }

        CheckMapping(exposure, reader, "workload/containerPort", workload.ContainerPort, least, most);
        var taken = WorkloadPort.OfPorts(exposure).ToList();
        foreach (var (index, port) in workload.AdditionalPorts.Index())
        {
            if (taken.Exists(other => other.Port == port.Port))
            {
                reader.Error(
                    $"workload/additionalPorts/{index}/port",
                    "Duplicate",
                    $"The Service has the port {port.Port} already: it is a port of the first backend. Remove the entry."
                );
            }
            else if (taken.Skip(1).Any(other => other.Name == port.Name))
            {
                reader.Error(
                    $"workload/additionalPorts/{index}/name",
                    "Duplicate",
                    $"The Service has a port with the name {port.Name} already: it belongs to a port of the exposure. Choose another name."
                );
            }
        }
    }

    private static void CheckMapping(ExposureSpec exposure, SpecReader reader, string field, int first, int least, int most)
    {
        if (first < 1 || (first + least >= 1 && first + most <= ExposureValidator.LastPort))
        {
            return;
        }

        var far = first + least < 1 ? least : most;
        reader.Error(
            field,
            "OutOfRange",
            $"{first} belongs to port {exposure.Port}, so port {exposure.Port + far} would go to {first + far}, which is no port. "
                + "Choose another number, or use several exposures."
        );
    }
}
