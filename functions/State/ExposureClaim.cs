using System.Globalization;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>A port or a workload of a cluster that one exposure holds, or that several share by TLS host name.</summary>
/// <param name="Thing">The key of the port or workload within the cluster.</param>
/// <param name="Kind">The noun for messages: port or workload.</param>
/// <param name="Hosts">The TLS host names that the exposure wants; empty claims all of it.</param>
/// <param name="Description">Names the thing at the beginning of a sentence.</param>
/// <param name="Pointer">The field of the request that asks for it.</param>
internal sealed record ExposureClaim(string Thing, string Kind, IReadOnlyList<string> Hosts, string Description, string Pointer)
{
    private const string Port = "port";
    private const string Workload = "workload";

    /// <summary>Whether the claim takes a rule of the load balancer.</summary>
    public bool IsPort => Kind == Port;

    public static IReadOnlyList<ExposureClaim> Of(ExposureSpec spec)
    {
        var gateway = spec.Gateway.Text();
        var ports = spec.AllPorts.Select(port => new ExposureClaim(
            string.Create(CultureInfo.InvariantCulture, $"{Port}|{gateway}|{port}"),
            Port,
            spec.SniHosts,
            $"Port {port} of the {gateway} gateway",
            $"/spec{spec.PointerOf(port)}"
        ));
        if (spec.Workload is null)
        {
            return [.. ports];
        }

        // Two exposures with a Deployment of the same name would overwrite each other for ever.
        var backend = spec.Backends[0];
        return
        [
            .. ports,
            new ExposureClaim(
                $"{Workload}|{backend.Namespace}|{backend.Service}",
                Workload,
                [],
                $"Workload {backend.Namespace}/{backend.Service}",
                "/spec/backends/0/service"
            ),
        ];
    }

    /// <summary>Whether two exposures cannot hold the thing together.</summary>
    public bool Excludes(IReadOnlyList<string> hosts) =>
        Hosts.Count == 0 || hosts.Count == 0 || Hosts.Any(mine => hosts.Any(theirs => Overlap(mine, theirs)));

    /// <summary>A wildcard covers every name below it, as in SNI matching.</summary>
    private static bool Overlap(string one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase) || Covers(one, other) || Covers(other, one);

    private static bool Covers(string pattern, string host) =>
        pattern.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase);
}
