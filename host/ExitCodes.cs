namespace MeshPort.Host;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The command ran, but did not reach its goal.</summary>
    public const int Failed = 1;

    /// <summary>The command did not start because of bad input, or a port or directory in use. Nothing was changed.</summary>
    public const int BadInput = 2;

    /// <summary>SIGINT stopped the command before it was done. The value follows the convention of shells.</summary>
    public const int Interrupted = 130;
}
