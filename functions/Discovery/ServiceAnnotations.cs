namespace MeshPort.Discovery;

/// <summary>The annotations by which a Service asks for exposures (ADR 18, docs/discovery.md).</summary>
internal static class ServiceAnnotations
{
    public const string Prefix = "meshport.io/";

    /// <summary>Ports of the gateway, each with the port of the Service if it differs: <c>9000, 9001:5432</c>.</summary>
    public const string Expose = Prefix + "expose";

    /// <summary>MeshPort's answer.</summary>
    public const string Status = Prefix + "status";

    /// <summary>Annotations for all ports of <see cref="Expose"/>, by their field in the spec of an exposure.</summary>
    public static readonly IReadOnlyDictionary<string, string> OfFields = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["gateway"] = Prefix + "gateway",
        ["protocol"] = Prefix + "protocol",
        ["sniHosts"] = Prefix + "hosts",
        ["allowedSources"] = Prefix + "sources",
        ["probe"] = Prefix + "probe",
    };

    /// <summary>All annotations that a person writes.</summary>
    public static readonly IReadOnlyList<string> All = [Expose, .. OfFields.Values];
}
