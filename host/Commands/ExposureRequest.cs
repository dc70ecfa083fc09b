using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>
/// The request of <c>expose</c>. It creates an exposure or updates one of the same target, but does not replace one of another target, and
/// drops no field that clients or backends depend on and that the command has no option for. The request is conditional, so that this holds
/// when others change the exposure at the same time.
/// </summary>
internal sealed class ExposureRequest(MeshPortApi api, ClusterId cluster, DesiredExposure exposure)
{
    private const int MostAttempts = 5;

    /// <summary>
    /// Fields that the command cannot state. Without them, MeshPort deletes the workload, or clients and backends meet another protocol,
    /// address or idle time.
    /// </summary>
    private static readonly string[] Unstated = ["workload", "tls", "proxyProtocol", "clientAddress", "idleTimeout"];

    /// <exception cref="ApiException">
    /// The server refused the request, or the name belongs to an exposure of another target or with fields that the command cannot state.
    /// </exception>
    public async Task<ExposureAnswer> SendAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await api.FindAsync(exposure.Path(cluster), cancellationToken);
            if (before is not null)
            {
                RefuseOther(before);
            }

            try
            {
                var answer = await api.PutUnchangedAsync(exposure.Path(cluster), exposure.Spec, before?.Metadata.Etag, cancellationToken);
                return new ExposureAnswer(answer.Operation, answer.Etag, Differences(before?.Spec, answer.Resource?.Spec), before?.Spec);
            }
            catch (ApiException changed) when (changed.IsOutdated && attempt < MostAttempts)
            {
                continue; // somebody else has changed it since it was read
            }
        }
    }

    /// <summary>The server itself refuses exposures that are being deleted and those of Services.</summary>
    private void RefuseOther(ResourceView found)
    {
        var other = new DesiredExposure(exposure.Name, found.Spec);
        if (found.Metadata is not { DeletedAt: null, Owner: null })
        {
            return;
        }

        if (other.HasTargetOf(exposure))
        {
            RefuseLoss(other);
            return;
        }

        var port = $"port{(other.Ports is [{ Count: 1 }] ? "" : "s")} {other.PortText}";
        var name = $"another name with --name{(other.SharesPort(exposure) ? " and another port" : "")}";
        throw new ApiException(
            $"Cluster {cluster.Name} already has an exposure '{exposure.Name}': {port} of the {other.Gateway} gateway to "
                + $"{string.Join(", ", other.Backends)}. Nothing was changed. Choose {name}, or delete that exposure first: "
                + $"meshport delete exposure {exposure.Name} --cluster {cluster.Name}"
        );
    }

    private void RefuseLoss(DesiredExposure other)
    {
        var lost = Unstated
            .Where(field => other.Spec.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null)
            .Where(field => field != "tls" || !other.PassesTlsThrough) // --sni passes TLS through as well
            .ToList();
        if (lost.Count > 0)
        {
            throw new ApiException(
                $"Exposure '{exposure.Name}' of cluster {cluster.Name} has fields that 'meshport expose' cannot state and would remove: "
                    + $"{string.Join(", ", lost)}. Nothing was changed. Change it with 'meshport apply -f FILE' "
                    + "('meshport export' prints it), or choose another name with --name and another port."
            );
        }
    }

    private static IReadOnlyList<DifferenceView> Differences(JsonElement? before, JsonElement? after) =>
        before is { } old && after is { } now
            ?
            [
                .. FieldDifference
                    .Between(Node(old), Node(now))
                    .Select(one => new DifferenceView(one.Pointer, Value(one.Before), Value(one.After))),
            ]
            : [];

    private static JsonNode? Node(JsonElement value) => JsonSerializer.SerializeToNode(value);

    /// <summary>An empty list means the same as no list.</summary>
    private static JsonElement? Value(JsonNode? value) =>
        value is null or JsonArray { Count: 0 } ? null : JsonSerializer.SerializeToElement(value);
}

/// <param name="Operation">The URL of the operation. Null when nothing had to change.</param>
/// <param name="Etag">The etag of the spec that was put; null where the answer has none.</param>
/// <param name="Differences">The fields that the request changes; empty for a new exposure.</param>
/// <param name="Before">The spec before; null for a new exposure.</param>
internal sealed record ExposureAnswer(Uri? Operation, string? Etag, IReadOnlyList<DifferenceView> Differences, JsonElement? Before);
