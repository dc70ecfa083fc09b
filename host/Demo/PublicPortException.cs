namespace MeshPort.Host.Demo;

/// <summary>A public port cannot be served on this machine.</summary>
internal sealed class PublicPortException(string message) : Exception(message);
