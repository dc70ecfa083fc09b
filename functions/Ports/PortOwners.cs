using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;

namespace MeshPort.Ports;

/// <summary>
/// The field managers of the ports and annotations of a gateway's Service, from <c>metadata.managedFields</c>, pure (Kubernetes,
/// "Server-Side Apply"). The names of ports there are keys such as <c>k:{"port":9000,"protocol":"TCP"}</c>.
/// </summary>
internal static class PortOwners
{
    public const string Tcp = "TCP";

    /// <summary>The ports that our field manager has applied.</summary>
    public static HashSet<int> Ports(JsonObject service) => [.. Applied(service).Select(key => key.Port)];

    /// <summary>The ports whose names our field manager has applied. A name that others have set since is not among them.</summary>
    public static IEnumerable<int> Named(JsonObject service) =>
        Applied(service).Where(key => key.Fields?.ContainsKey("f:name") == true).Select(key => key.Port);

    /// <summary>The annotations that our field manager has applied.</summary>
    public static HashSet<string> Annotations(JsonObject service) =>
        [
            .. service
                .ManagedFields()
                .Where(ObjectMetadata.IsApplied)
                .SelectMany(entry => entry["fieldsV1"]?["f:metadata"]?["f:annotations"] as JsonObject ?? [])
                .Where(field => field.Key.StartsWith("f:", StringComparison.Ordinal))
                .Select(field => field.Key[2..]),
        ];

    /// <summary>
    /// The entries of <c>managedFields</c> that others have for ports. An apply with the same values would leave MeshPort a co-owner, so
    /// that the port could never be closed. kubectl edits these entries in the same way when it moves fields to server-side apply
    /// (kubernetes/client-go, util/csaupgrade).
    /// </summary>
    public static FieldRemoval? OfOthers(JsonObject service, IReadOnlySet<int> ports)
    {
        List<string> pointers =
        [
            .. service
                .ManagedFields()
                .Index()
                .Where(entry => !ObjectMetadata.IsApplied(entry.Item))
                .SelectMany(entry =>
                    Keys(entry.Item)
                        .Where(key => ports.Contains(key.Port) && key.Protocol == Tcp)
                        .Select(key =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"/metadata/managedFields/{entry.Index}/fieldsV1/f:spec/f:ports/{JsonPointer.Escape(key.Name)}"
                            )
                        )
                ),
        ];
        return pointers.Count == 0 ? null : new FieldRemoval(service.ResourceVersion() ?? "", pointers);
    }

    /// <summary>The field managers of a port, or of another port with its name, for people: <c>field manager helm</c>.</summary>
    public static string Tell(JsonObject service, int port)
    {
        var ports = service.ServicePorts().Where(one => one.PortNumber() == port && one.IsTcp()).ToList();
        var holders = ports.Count > 0 ? ports : [.. service.ServicePorts().Where(one => one["name"]?.ToString() == ObjectNames.Port(port))];
        var managers = holders.SelectMany(holder => Managers(service, holder)).Distinct().Order(StringComparer.Ordinal).ToList();
        return managers.Count switch
        {
            0 => "others",
            1 => $"field manager {managers[0]}",
            _ => $"field managers {string.Join(", ", managers)}",
        };
    }

    private static IEnumerable<PortKey> Applied(JsonObject service) =>
        service.ManagedFields().Where(ObjectMetadata.IsApplied).SelectMany(Keys).Where(key => key.Protocol == Tcp);

    /// <summary>The field managers, other than MeshPort's, of a port.</summary>
    private static IEnumerable<string> Managers(JsonObject service, JsonObject port) =>
        service
            .ManagedFields()
            .Where(entry =>
                !ObjectMetadata.IsApplied(entry)
                && Keys(entry).Any(key => key.Port == port.PortNumber() && key.Protocol == (port["protocol"]?.ToString() ?? Tcp))
            )
            .Select(entry => $"{entry["manager"]}");

    private static IEnumerable<PortKey> Keys(JsonObject entry) =>
        (entry["fieldsV1"]?["f:spec"]?["f:ports"] as JsonObject ?? [])
            .Where(field => field.Key.StartsWith("k:", StringComparison.Ordinal))
            .Select(field => (Name: field.Key, Key: JsonNode.Parse(field.Key[2..]), Fields: field.Value as JsonObject))
            .Select(field => new PortKey(
                field.Name,
                field.Key?["port"]?.GetValue<int>() ?? 0,
                field.Key?["protocol"]?.ToString() ?? Tcp,
                field.Fields
            ));

    /// <summary>A port in an entry of <c>managedFields</c>.</summary>
    /// <param name="Name">The key, as it is written there.</param>
    /// <param name="Fields">The fields of the port that the manager has set.</param>
    private sealed record PortKey(string Name, int Port, string Protocol, JsonObject? Fields);
}
