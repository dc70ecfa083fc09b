using System.Globalization;
using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>How items of one kind are listed.</summary>
/// <param name="Columns">The columns of the table; <c>-o wide</c> adds the columns that are marked.</param>
/// <param name="Id">The unique path, for <c>-o name</c>.</param>
/// <param name="Status">The status that colours the row.</param>
internal sealed record Listing<T>(IReadOnlyList<Column<T>> Columns, Func<T, string> Id, Func<T, JsonElement> Body, Func<T, string> Status);

internal sealed record Column<T>(string Header, Func<T, string> Cell, bool IsWide = false);

/// <summary>The kinds of lists.</summary>
internal static class Listings
{
    public static readonly Listing<ResourceView> Clusters = new(
        [
            new("NAME", cluster => cluster.Metadata.Name),
            new("RESOURCE GROUP", cluster => cluster.Cluster.ResourceGroup),
            new("LOCATION", cluster => Text(cluster.Spec, "location")),
            new("READY", cluster => cluster.CurrentReady.Status),
            new("REASON", cluster => cluster.CurrentReady.Reason ?? ""),
            new("ADDRESSES", cluster => string.Join(",", (cluster.Status.Addresses ?? []).Select(address => address.Ip))),
            new("SINCE", cluster => Time(cluster.CurrentReady.Since)),
            new("SUBSCRIPTION", cluster => cluster.Cluster.SubscriptionId, IsWide: true),
            new("STRATEGY", cluster => Text(cluster.Spec, "strategy"), IsWide: true),
            new("MESSAGE", cluster => cluster.CurrentReady.Message ?? "", IsWide: true),
        ],
        cluster => cluster.Metadata.Id,
        cluster => cluster.Body,
        cluster => cluster.CurrentReady.Status
    );

    public static readonly Listing<ResourceView> Exposures = new(
        [
            new("CLUSTER", exposure => exposure.Cluster.Name),
            new("NAME", exposure => exposure.Metadata.Name),
            new("GATEWAY", exposure => Text(exposure.Spec, "gateway")),
            new("ADDRESS", exposure => Endpoints(exposure)),
            new("READY", exposure => exposure.CurrentReady.Status),
            new("REASON", exposure => exposure.Metadata.DeletedAt is null ? exposure.CurrentReady.Reason ?? "" : "BeingDeleted"),
            new("SINCE", exposure => Time(exposure.CurrentReady.Since)),
            new("PROTOCOL", exposure => Text(exposure.Spec, "protocol"), IsWide: true),
            new("BACKENDS", Backends, IsWide: true),
            new("SOURCES", Sources, IsWide: true),
            new("OWNER", exposure => exposure.Metadata.Owner?.ToString() ?? "", IsWide: true),
            new("MESSAGE", exposure => exposure.CurrentReady.Message ?? "", IsWide: true),
        ],
        exposure => exposure.Metadata.Id,
        exposure => exposure.Body,
        exposure => exposure.CurrentReady.Status
    );

    public static readonly Listing<OperationView> Operations = new(
        [
            new("ID", operation => operation.Id),
            new("FOR", operation => Target(operation.Exposures)),
            new("STATUS", operation => operation.Status),
            new("PERCENT", operation => operation.Percent.ToString(CultureInfo.InvariantCulture)),
            new("STEP", operation => Step(operation)?.Name ?? ""),
            new("STARTED", operation => Time(operation.StartedAt)),
            new("DURATION", operation => SimulatedDuration.Text(operation.EndedAt - operation.StartedAt)),
            new("MESSAGE", operation => Step(operation)?.Message ?? "", IsWide: true),
        ],
        operation => operation.Path ?? operation.Id,
        operation => operation.Body,
        operation => operation.Status
    );

    public static readonly Listing<RejectionView> Rejections = new(
        [
            new("ID", rejection => rejection.Id),
            new("REJECTED", rejection => Time(rejection.RejectedAt)),
            new("CLUSTER", rejection => rejection.Cluster is { } path ? ResourcePath.ClusterOf(path).Name : ""),
            new("ERRORS", rejection => rejection.ErrorCount.ToString(CultureInfo.InvariantCulture)),
            new("FIRST ERROR", rejection => rejection.Errors is [var first, ..] ? $"{first.Pointer}: {first.Detail}" : ""),
        ],
        rejection => rejection.Id,
        rejection => rejection.Body,
        _ => "False"
    );

    /// <summary>In UTC. Ages would be wrong against a simulated Azure, which has its own time.</summary>
    public static string Time(DateTimeOffset at) =>
        at == default ? "" : at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Target(IReadOnlyList<string>? exposures) =>
        exposures switch
        {
            null => "cluster",
            [] => "(no change)", // of a message that asks for what exists
            _ => string.Join(",", exposures.Take(3)),
        };

    private static StepView? Step(OperationView operation) =>
        operation.Steps?.FirstOrDefault(step => step.Status is "Running" or "Failed")
        ?? operation.Steps?.LastOrDefault(step => step.Status == "Succeeded");

    private static string Backends(ResourceView exposure) => string.Join(",", Desired(exposure).Backends);

    private static string Endpoints(ResourceView exposure) =>
        string.Join(
            ",",
            exposure
                .AddressesOf(Text(exposure.Spec, "gateway"))
                .DefaultIfEmpty("")
                .Select(address => $"{IpFamilies.Host(address)}:{Ports(exposure)}")
        );

    private static string Ports(ResourceView exposure) => Desired(exposure).PortText;

    private static DesiredExposure Desired(ResourceView exposure) => new(exposure.Metadata.Name, exposure.Spec);

    private static string Sources(ResourceView exposure) =>
        exposure.Spec.TryGetProperty("allowedSources", out var sources) && sources.GetArrayLength() > 0
            ? string.Join(",", sources.EnumerateArray())
            : "all";

    private static string Text(JsonElement spec, string name) => spec.TryGetProperty(name, out var value) ? value.ToString() : "";
}
