using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// Lets the children of this process receive SIGINT. A shell starts background jobs with that signal ignored, and children inherit this.
/// </summary>
internal static class InterruptSignal
{
    private const int Number = 2;
    private const nint Default = 0;

    [ModuleInitializer]
    internal static void Restore()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetHandler(Number, Default);
        }
    }

#pragma warning disable SYSLIB1054 // a generated import needs unsafe code
    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetHandler(int signal, nint handler);
#pragma warning restore SYSLIB1054
}
