namespace MeshPort.Model;

/// <summary>The exposure on which convergence steps work.</summary>
internal sealed record NamedExposure(string Name, long Generation, ExposureSpec Spec)
{
    public static NamedExposure Of(Resource<ExposureSpec> exposure) =>
        new(exposure.Metadata.Name, exposure.Metadata.Generation, exposure.Spec) { Status = exposure.Status };

    /// <summary>The status from earlier passes.</summary>
    public ResourceStatus Status { get; init; } = new();

    /// <summary>The address of the exposure, and of two the first; null while its gateway has no address.</summary>
    public string? Address => Addresses.Select(address => address.Ip).FirstOrDefault();

    /// <summary>The addresses of the exposure, at most one of each family, IPv4 first.</summary>
    public IEnumerable<GatewayAddress> Addresses => Status.Addresses.Where(address => address.Gateway == Spec.Gateway);

    /// <summary>The exposure as one exposure for each of its addresses; itself when it has at most one.</summary>
    public IReadOnlyList<NamedExposure> ByAddress => Addresses.ToList() is { Count: > 1 } all ? [.. all.Select(one => At([one]))] : [this];

    /// <summary>The first port of the whole exposure, where this one has some of its ports; null for the whole.</summary>
    public int? FirstPort { get; init; }

    /// <summary>
    /// The exposure as one exposure for each port, all with its name. Steps decide by port, and tell the results together
    /// (<see cref="PortResults"/>).
    /// </summary>
    public IReadOnlyList<NamedExposure> Parts => Spec.AllPorts is { Count: > 1 } ports ? [.. ports.Select(port => With([port]))] : [this];

    /// <summary>The exposure with the ports that fit; null when none does.</summary>
    public NamedExposure? Only(Func<int, bool> fits) =>
        Spec.AllPorts.Where(fits).ToList() switch
        {
            [] => null,
            var some when some.Count == Spec.AllPorts.Count => this,
            var some => With(some),
        };

    /// <summary>The exposure with another address, or without one.</summary>
    /// <param name="hostname">The DNS name of the address; null without one.</param>
    public NamedExposure At(string? address, string? hostname = null) =>
        At(address is null ? [] : [new GatewayAddress(Spec.Gateway, address, hostname)]);

    /// <summary>The exposure with other addresses.</summary>
    public NamedExposure At(IReadOnlyList<GatewayAddress> addresses) => this with { Status = Status with { Addresses = addresses } };

    /// <summary>The exposure after its history is stored.</summary>
    public NamedExposure Stored() => this with { Status = Status with { Recorded = Status.Recorded + Status.History.Count, History = [] } };

    /// <summary>
    /// Whether a probe has proven the exposure, which then needs no other explanation. A port that MeshPort cannot reach from its network
    /// is never proven, so everything around it is observed in each pass.
    /// </summary>
    public bool IsProven => WasTrue(ConditionTypes.Ready) && WasTrue(ConditionTypes.Reachable);

    /// <summary>Whether the condition has been True for this generation. A missing object is drift then.</summary>
    public bool WasTrue(string condition) =>
        Status.Find(condition) is { Status: ConditionStatus.True } known && known.ObservedGeneration == Generation;

    private NamedExposure With(IReadOnlyCollection<int> ports) => this with { Spec = Spec.Only(ports), FirstPort = FirstPort ?? Spec.Port };
}
