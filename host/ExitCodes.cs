namespace MeshPort.Host;

/// <summary>What the process says to the shell.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>It ran, and what was asked for is not true.</summary>
    public const int Failed = 1;

    /// <summary>It did not start: bad input, a port or directory in use. Nothing was changed.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by SIGINT before it was done, as shells count it.</summary>
    public const int Interrupted = 130;
}
