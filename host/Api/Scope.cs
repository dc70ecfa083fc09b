namespace MeshPort.Host.Api;

/// <summary>The clusters that a list covers.</summary>
/// <param name="Subscription">Null for all subscriptions.</param>
/// <param name="ResourceGroup">Null for all resource groups. Only with a subscription.</param>
internal sealed record Scope(string? Subscription, string? ResourceGroup)
{
    public static readonly Scope All = new(null, null);
}

/// <summary>Which exposures a list returns. A null filter matches all.</summary>
internal sealed record ExposureFilter(bool? Ready = null, int? Port = null, string? Gateway = null, string? Cluster = null)
{
    public static readonly ExposureFilter None = new();

    public string Query(string? resourceGroup)
    {
        var filters = new (string Name, string? Value)[]
        {
            ("ready", Ready?.ToString().ToLowerInvariant()),
            ("port", Port?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("gateway", Gateway),
            ("resourceGroup", resourceGroup),
            ("cluster", Cluster),
        };
        var query = string.Join(
            '&',
            filters.Where(filter => filter.Value is not null).Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value ?? "")}")
        );
        return query.Length == 0 ? "" : $"?{query}";
    }
}
