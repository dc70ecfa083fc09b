namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>A server of a Gateway that istiod leaves out.</summary>
internal sealed record SkippedServer(GatewayServer Server, string Level, string Why);

/// <summary>
/// The servers of one port and family of a gateway workload, oldest first, as istiod merges them (istio: MergeGateways in
/// pilot/pkg/model/gateway.go). The first server decides: servers with TLS share the port by server name, plain TCP shares it with nothing.
/// Servers of another <c>bind</c> are merged on their own, since Istio compares it as text. Their listener has the same address and port,
/// and Envoy refuses it with the filter chains of both: it keeps what it had, so only the first <c>bind</c> is served.
/// </summary>
internal sealed record MergedServers(IReadOnlyList<GatewayServer> Kept, IReadOnlyList<SkippedServer> Skipped)
{
    public static MergedServers Of(IEnumerable<GatewayServer> servers)
    {
        var (kept, skipped, hosts) = (new List<GatewayServer>(), new List<SkippedServer>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var server in servers)
        {
            var label = $"skipping server on gateway {server.Gateway}";
            if (kept.Count > 0 && kept[0].Bind != server.Bind)
            {
                skipped.Add(
                    new SkippedServer(server, "warn", $"{label}, Envoy refuses the listener: bind '{server.Bind}' after '{kept[0].Bind}'")
                );
            }
            else if (server.HasTls && server.FullHosts.Where(hosts.Contains).ToArray() is { Length: > 0 } known)
            {
                skipped.Add(new SkippedServer(server, "warn", $"{label}, duplicate host names: [{string.Join(' ', known)}]"));
            }
            else if (kept.Count > 0 && (!kept[0].HasTls || !server.HasTls))
            {
                var conflict = $"conflict with existing server {kept[0].Number}.{kept[0].Protocol}";
                skipped.Add(
                    new SkippedServer(server, "info", $"{label} port {server.PortName}.{server.Number}.{server.Protocol}: {conflict}")
                );
            }
            else
            {
                kept.Add(server);
                hosts.UnionWith(server.HasTls ? server.FullHosts : []);
            }
        }

        return new MergedServers(kept, skipped);
    }
}
