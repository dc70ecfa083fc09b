namespace MeshPort.Host.Api;

/// <summary>The MeshPort API rejected a request. The message names the request and the reason.</summary>
internal sealed class ApiException(string message) : Exception(message);
