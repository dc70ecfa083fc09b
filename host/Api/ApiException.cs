namespace MeshPort.Host.Api;

/// <summary>MeshPort refused a request; the message says which and why.</summary>
internal sealed class ApiException(string message) : Exception(message);
