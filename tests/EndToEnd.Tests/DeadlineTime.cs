using System.Runtime.CompilerServices;
using MeshPort.Sandbox.World;

namespace MeshPort.EndToEnd.Tests;

internal static class DeadlineTime
{
    /// <summary>A sandbox's clock at the speed of real time slows down with the work, as those at other speeds do.</summary>
    [ModuleInitializer]
    internal static void Set() => Wait.Time = new SandboxClock(1);
}
