namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>A server of a Gateway that istiod leaves out.</summary>
internal sealed record SkippedServer(GatewayServer Server, string Level, string Why);

/// <summary>
/// The servers of one port of a gateway workload, oldest first, as istiod merges them (istio: MergeGateways in pilot/pkg/model/gateway.go).
/// The first server decides: servers with TLS share the port by server name, plain TCP shares it with nothing.
/// </summary>
internal sealed record MergedServers(IReadOnlyList<GatewayServer> Kept, IReadOnlyList<SkippedServer> Skipped)
{
    public static MergedServers Of(IEnumerable<GatewayServer> servers)
    {
        var (kept, skipped, hosts) = (new List<GatewayServer>(), new List<SkippedServer>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var server in servers)
        {
            var label = $"skipping server on gateway {server.Gateway}";
            if (server.HasTls && server.FullHosts.Where(hosts.Contains).ToArray() is { Length: > 0 } known)
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
