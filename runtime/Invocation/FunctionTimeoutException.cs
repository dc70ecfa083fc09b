namespace MeshPort.Runtime.Invocation;

/// <summary>A function was cancelled because it exceeded functionTimeout of host.json.</summary>
internal sealed class FunctionTimeoutException(string message, Exception innerException) : TimeoutException(message, innerException);
