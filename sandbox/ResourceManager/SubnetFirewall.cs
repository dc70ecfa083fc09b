using System.Net;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>What the network security group of a subnet lets in.</summary>
internal sealed class SubnetFirewall(SandboxWorld world)
{
    /// <summary>Whether inbound TCP is allowed; true when the subnet is null, gone, or has no network security group.</summary>
    public bool Allows(string? subnetId, IPAddress source, IPAddress destination, int destinationPort) =>
        throw new NotImplementedException($"{world} {subnetId} {source} {destination} {destinationPort}");
}
