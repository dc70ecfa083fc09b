using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Port 443 of a gateway's own Service, pure (ADR 20). It belongs to the owner of the Service, such as the mesh add-on. Exposures share it
/// by server names, and MeshPort never adds, changes or removes it.
/// <para>
/// Istio looks up the number of a Gateway in the Services of the pods and listens on the target port of the first match (istio/istio,
/// pilot/pkg/model/gateway.go, resolvePorts). So every Service must lead port 443 to the same target. It is 443 in Istio's chart
/// <c>gateway</c> and 8443 in the older chart <c>istio-ingress</c>. AKS documents neither, so MeshPort reads it from the Service.
/// </para>
/// </summary>
internal static class SharedPort
{
    /// <returns>The gateway's own Service; null where it is missing.</returns>
    public static JsonObject? Service(ClusterSpec spec, GatewayKind gateway, ClusterObjects objects) =>
        objects.Services.GetValueOrDefault(ObjectRef.Of(AddOn.Gateway(spec, gateway)));

    /// <returns>The port of a Service; null where it has none.</returns>
    public static JsonObject? Find(JsonObject? service) =>
        service?.ServicePorts().FirstOrDefault(port => port.PortNumber() == GatewayPort.Shared && port.IsTcp());

    /// <summary>Whether an exposure uses the port of the gateway's own Service. A Gateway of the Gateway API has its own Service.</summary>
    public static bool IsUsedBy(ExposureSpec exposure, ClusterSpec spec) =>
        exposure.HasPort(GatewayPort.Shared) && spec.Strategy == Strategy.ManagedService;

    /// <summary>
    /// A TCP port of others in the gateway's own Service that leads to a listener of the exposure: its clients reach the exposure, and a
    /// policy for the listener is one for them, too. MeshPort's ports have its name, or its field manager has applied them.
    /// </summary>
    /// <returns>Null without one.</returns>
    public static JsonObject? OfOthers(ExposureSpec exposure, JsonObject? own) => FindOfOthers(exposure, own, _ => true, IsOfMeshPort);

    /// <summary>
    /// The same for a Service in which MeshPort wants no port, whatever its name: any Service in front of the pods with companionService.
    /// </summary>
    /// <inheritdoc cref="OfOthers"/>
    public static JsonObject? AnywayOfOthers(ExposureSpec exposure, JsonObject service) =>
        (exposure.HasPort(GatewayPort.Shared) ? Find(service) : null) ?? FindOfOthers(exposure, service, _ => true, IsApplied);

    /// <summary>The same where the port has another number than those of the exposure, such as 443 that leads to 8443.</summary>
    /// <inheritdoc cref="OfOthers"/>
    public static JsonObject? Beside(ExposureSpec exposure, JsonObject? own) =>
        FindOfOthers(exposure, own, number => !exposure.HasPort(number), IsOfMeshPort);

    /// <summary>Whether others use a listener of an exposure of strategy managedService.</summary>
    /// <param name="own">The gateway's own Service; null where it is not known.</param>
    public static bool HasOtherUsers(ExposureSpec exposure, ClusterSpec spec, JsonObject? own) =>
        spec.Strategy == Strategy.ManagedService && (IsUsedBy(exposure, spec) || Beside(exposure, own) is not null);

    /// <summary>The target port for a port of a Service in front of the gateway's pods: a number, or the name of a port.</summary>
    /// <param name="own">The gateway's own Service; null where it is not known.</param>
    public static JsonNode Target(int port, JsonObject? own) =>
        port != GatewayPort.Shared ? GatewayPort.Target(port)
        : own is null ? port
        : Find(own) is { } found ? found["targetPort"]?.DeepClone() ?? port
        : GatewayPort.Target(port);

    /// <summary>The port on which the gateway's pods listen for a port; null where the Service has a name for it.</summary>
    /// <inheritdoc cref="Target"/>
    public static int? Number(int port, JsonObject? own) =>
        Target(port, own) is JsonValue target && target.TryGetValue<int>(out var number) ? number : null;

    private static JsonObject? FindOfOthers(
        ExposureSpec exposure,
        JsonObject? own,
        Func<int, bool> hasNumber,
        Func<JsonObject, JsonObject, bool> isOfMeshPort
    ) =>
        own
            ?.ServicePorts()
            .FirstOrDefault(port =>
                port.IsTcp()
                && hasNumber(port.PortNumber())
                && !isOfMeshPort(port, own)
                && TargetOf(port) is { } target
                && exposure.AllPorts.Any(mine => Number(mine, own) == target)
            );

    /// <summary>The number of a port's target; null where it has a name.</summary>
    private static int? TargetOf(JsonObject port) =>
        port["targetPort"] is not JsonValue target ? port.PortNumber()
        : target.TryGetValue<int>(out var number) ? number
        : null;

    private static bool IsOfMeshPort(JsonObject port, JsonObject service) =>
        $"{port["name"]}" == ObjectNames.Port(port.PortNumber()) || IsApplied(port, service);

    /// <summary>Whether MeshPort's field manager has applied the port.</summary>
    public static bool IsApplied(JsonObject port, JsonObject service) =>
        service
            .ManagedFields()
            .Where(ObjectMetadata.IsApplied)
            .Any(entry => entry["fieldsV1"]?["f:spec"]?["f:ports"]?[$$"""k:{"port":{{port.PortNumber()}},"protocol":"TCP"}"""] is not null);
}
