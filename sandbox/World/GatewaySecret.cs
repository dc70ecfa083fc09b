namespace MeshPort.Sandbox.World;

/// <summary>A Secret with a certificate for a gateway.</summary>
/// <param name="ServerNames">The names in the certificate.</param>
public sealed record GatewaySecret(string Name, IReadOnlyList<string> ServerNames);
