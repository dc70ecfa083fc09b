namespace MeshPort.Gateways;

/// <summary>The field <c>exportTo</c> of Istio's objects, and the annotation of Services with the same meaning.</summary>
internal static class IstioExport
{
    /// <param name="exportTo">Namespaces; a dot is the object's own, an asterisk all, a tilde none. Empty means all.</param>
    /// <param name="home">The object's namespace.</param>
    public static bool Reaches(IEnumerable<string> exportTo, string home, string gateway) =>
        exportTo.DefaultIfEmpty("*").Any(to => to == "*" || (to == "." ? home : to) == gateway);
}
