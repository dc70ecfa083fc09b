namespace MeshPort.Host.Demo;

/// <summary>The sandbox cannot serve a public port on this machine.</summary>
internal sealed class PublicPortException(string message) : Exception(message);
