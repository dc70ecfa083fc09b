namespace MeshPort.Host;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The command ran, but did not reach its goal.</summary>
    public const int Failed = 1;

    /// <summary>The command did not start because of bad input, or a port or directory in use. Nothing was changed.</summary>
    public const int BadInput = 2;

    /// <summary><c>plan</c> found changes.</summary>
    public const int Changes = 2;

    /// <summary>The server does not answer.</summary>
    public const int Unreachable = 3;

    /// <summary>The goal was not reached within --timeout. The server continues.</summary>
    public const int TimedOut = 4;

    /// <summary>SIGINT stopped the command before it was done. The value follows the convention of shells.</summary>
    public const int Interrupted = 130;
}
