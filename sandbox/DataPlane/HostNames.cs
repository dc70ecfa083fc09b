namespace MeshPort.Sandbox.DataPlane;

/// <summary>Host names in Gateways, VirtualServices and destinations, as Istio reads them.</summary>
internal static class HostNames
{
    /// <summary>
    /// A name without dots belongs to the namespace of the resource that uses it. A name with dots must be complete:
    /// <c>svc.ns.svc.cluster.local</c>.
    /// </summary>
    /// <returns>Empty names when it is not a Service of the cluster.</returns>
    public static (string Name, string Namespace) Service(string host, string home) =>
        host.Split('.') switch
        {
            [var name] => (name, home),
            [var name, var elsewhere, "svc", "cluster", "local"] => (name, elsewhere),
            _ => ("", ""),
        };

    /// <summary>The full name of a host in a resource of a namespace.</summary>
    public static string Full(string host, string home) =>
        host == "*" || host.Contains('.', StringComparison.Ordinal) ? host : $"{host}.{home}.svc.cluster.local";

    /// <summary>Whether a pattern (<c>*</c>, <c>*.example.com</c>) covers a name.</summary>
    public static bool Covers(string pattern, string name) =>
        pattern == "*"
        || pattern.Equals(name, StringComparison.OrdinalIgnoreCase)
        || (pattern.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a server's host (<c>[namespace/]host</c>) and a VirtualService's host overlap.</summary>
    public static bool Intersect(string served, string gatewayNamespace, string host, string virtualServiceNamespace)
    {
        var slash = served.IndexOf('/', StringComparison.Ordinal);
        var allowed = slash < 0 ? "*" : served[..slash];
        return (allowed == "*" || (allowed == "." ? gatewayNamespace : allowed) == virtualServiceNamespace)
            && (Covers(served[(slash + 1)..], host) || Covers(host, served[(slash + 1)..]));
    }
}
