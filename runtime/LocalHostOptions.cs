using System.Reflection;
using MeshPort.Runtime.Durable.Store;
using Microsoft.Extensions.Hosting;

namespace MeshPort.Runtime;

/// <summary>How the functions of one assembly are run on this machine.</summary>
public sealed record LocalHostOptions
{
    /// <summary>The assembly whose <c>[Function]</c> methods are run.</summary>
    public required Assembly Functions { get; init; }

    /// <summary>The directory of the durable state, made when absent; one process at a time.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The loopback port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The time of durable timers, schedules and leases. Sockets keep real time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Adds the application's configuration and services before the host is built.</summary>
    public Action<IHostApplicationBuilder>? Configure { get; init; }

    /// <summary>Told of each commit of the durable state; crash tests die there.</summary>
    internal Action<CommitPoint>? Reached { get; init; }
}
