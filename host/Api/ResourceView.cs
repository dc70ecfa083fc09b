namespace MeshPort.Host.Api;

/// <summary>The status of a cluster or an exposure.</summary>
internal sealed record ResourceView(StatusView Status);

internal sealed record StatusView(IReadOnlyList<ConditionView>? Conditions, IReadOnlyList<AddressView>? Addresses);

internal sealed record ConditionView(string Type, string Status, string? Reason, string? Message)
{
    public bool IsTrue => Status == "True";
}

internal sealed record AddressView(string Gateway, string Ip);

/// <summary>Problem details (RFC 9457).</summary>
internal sealed record ProblemView(string? Title, string? Detail, IReadOnlyList<ProblemErrorView>? Errors);

internal sealed record ProblemErrorView(string Pointer, string Detail);
