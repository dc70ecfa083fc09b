namespace MeshPort.Runtime.Invocation;

/// <summary>A function was cancelled because it took longer than host.json's functionTimeout.</summary>
internal sealed class FunctionTimeoutException(string message, Exception innerException) : TimeoutException(message, innerException);
