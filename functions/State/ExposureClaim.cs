using System.Globalization;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Something of a cluster that one exposure holds, or that several share by TLS host name.</summary>
/// <param name="Thing">Its key within the cluster.</param>
/// <param name="Hosts">The TLS host names that are wanted of it; empty wants all of it.</param>
/// <param name="Description">As a sentence begins with it.</param>
/// <param name="Pointer">The field of the request that asks for it.</param>
internal sealed record ExposureClaim(string Thing, IReadOnlyList<string> Hosts, string Description, string Pointer)
{
    private const string Port = "port|";

    /// <summary>Whether it takes one of the load balancer's rules.</summary>
    public bool IsPort => Thing.StartsWith(Port, StringComparison.Ordinal);

    public static IReadOnlyList<ExposureClaim> Of(ExposureSpec spec)
    {
        var gateway = spec.Gateway.ToString().ToLowerInvariant();
        var port = new ExposureClaim(
            string.Create(CultureInfo.InvariantCulture, $"{Port}{gateway}|{spec.Port}"),
            spec.SniHosts,
            $"Port {spec.Port} of the {gateway} gateway",
            "/spec/port"
        );
        if (spec.Workload is null)
        {
            return [port];
        }

        // Two Deployments of one name would undo each other for ever.
        var backend = spec.Backends[0];
        return
        [
            port,
            new ExposureClaim(
                $"workload|{backend.Namespace}|{backend.Service}",
                [],
                $"Workload {backend.Namespace}/{backend.Service}",
                "/spec/backends/0/service"
            ),
        ];
    }

    /// <summary>Whether the two cannot hold the thing together.</summary>
    public bool Excludes(IReadOnlyList<string> hosts) =>
        Hosts.Count == 0 || hosts.Count == 0 || Hosts.Any(mine => hosts.Any(theirs => Overlap(mine, theirs)));

    /// <summary>A wildcard covers every name below it, as in SNI matching.</summary>
    private static bool Overlap(string one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase) || Covers(one, other) || Covers(other, one);

    private static bool Covers(string pattern, string host) =>
        pattern.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase);
}
