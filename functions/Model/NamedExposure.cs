namespace MeshPort.Model;

/// <summary>An exposure as the stations see it.</summary>
internal sealed record NamedExposure(string Name, long Generation, ExposureSpec Spec)
{
    public static NamedExposure Of(Resource<ExposureSpec> exposure) =>
        new(exposure.Metadata.Name, exposure.Metadata.Generation, exposure.Spec) { Status = exposure.Status };

    /// <summary>What was observed of it before.</summary>
    public ResourceStatus Status { get; init; } = new();

    /// <summary>The address under which it is open; null while it has none.</summary>
    public string? Address => Status.Addresses.FirstOrDefault(address => address.Gateway == Spec.Gateway)?.Ip;

    /// <summary>As it would be with another address, or with none.</summary>
    public NamedExposure At(string? address) =>
        this with
        {
            Status = Status with { Addresses = address is null ? [] : [new GatewayAddress(Spec.Gateway, address)] },
        };

    /// <summary>Whether the condition has been True for this very spec: then what is missing now has drifted.</summary>
    public bool WasTrue(string condition) =>
        Status.Find(condition) is { Status: ConditionStatus.True } known && known.ObservedGeneration == Generation;
}
