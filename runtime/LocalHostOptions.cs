using System.Reflection;
using MeshPort.Runtime.Durable.Store;
using Microsoft.Extensions.Hosting;

namespace MeshPort.Runtime;

/// <summary>Options of a <see cref="LocalHost"/>.</summary>
public sealed record LocalHostOptions
{
    /// <summary>The assembly with the <c>[Function]</c> methods.</summary>
    public required Assembly Functions { get; init; }

    /// <summary>The directory of the durable state. Created if absent. One process can use it at a time.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The port to listen on. 0 selects a free port.</summary>
    public int Port { get; init; }

    /// <summary>The clock of durable timers, schedules and leases. Sockets use real time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Adds the application's configuration and services before the host is built.</summary>
    public Action<IHostApplicationBuilder>? Configure { get; init; }

    /// <summary>Called before and after each commit of the durable state. The crash tests kill the process there.</summary>
    internal Action<CommitPoint>? Reached { get; init; }
}
