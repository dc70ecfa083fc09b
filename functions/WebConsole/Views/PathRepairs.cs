using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>Finds the last repair of a station's objects in the history of an exposure. Pure.</summary>
internal static class PathRepairs
{
    /// <param name="history">Oldest first.</param>
    public static RepairNote? Find(HopKind station, IReadOnlyList<HistoryEntry> history) =>
        history
            .Where(entry => entry.Type is HistoryTypes.Repaired or HistoryTypes.PortReverted && StationOf(entry) == station)
            .Select(entry => new RepairNote(entry.At, entry.Message))
            .LastOrDefault();

    /// <param name="entry">Its target begins with the kind of the object; the port of the gateway's Service has none.</param>
    internal static HopKind StationOf(HistoryEntry entry) =>
        entry.Target?.Split(' ')[0] switch
        {
            "SecurityRule" => HopKind.Firewall,
            "Gateway" or "AuthorizationPolicy" or "SecretProviderClass" => HopKind.Listener,
            "VirtualService" or "TCPRoute" or "TLSRoute" or "ReferenceGrant" => HopKind.Route,
            "DestinationRule" or "ServiceEntry" or "Service" => HopKind.Backend,
            "Deployment" => HopKind.Pods,
            null => HopKind.ServicePort,
            _ => HopKind.Route,
        };
}
