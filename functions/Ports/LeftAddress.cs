using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// The public IP address of the spec that an object of MeshPort gives up, pure. The status of the object has the address until the load
/// balancer has changed, and the annotations do not tell any more. So an annotation of MeshPort names the address until then.
/// </summary>
internal static class LeftAddress
{
    public const string Annotation = "meshport.io/left-address";

    /// <param name="observed">Null when the object does not exist.</param>
    /// <param name="annotations">Those about its address, as they are.</param>
    /// <param name="address">Of its status.</param>
    /// <param name="chosen">The address of the spec; null when AKS chooses it.</param>
    /// <returns>Null when the object leaves none.</returns>
    public static string? Of(JsonObject? observed, JsonObject? annotations, string? address, ChosenAddress? chosen) =>
        address is not null
        && chosen?.PublicIp is null
        && (annotations?.ContainsKey(AddressAnnotations.PublicIp) == true || observed?.Annotation(Annotation) == address)
            ? address
            : null;
}
