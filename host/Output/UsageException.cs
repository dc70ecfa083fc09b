namespace MeshPort.Host.Output;

/// <summary>The command cannot run as it was called. The message is a sentence with the remedy. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command did not reach its goal within --timeout. The message says how to continue. Exit code 4.</summary>
internal sealed class LateException(string message) : Exception(message);

/// <summary>Ctrl+C stopped the command, and the server continues. The message says how to continue.</summary>
internal sealed class LeftException(string message) : OperationCanceledException(message);
