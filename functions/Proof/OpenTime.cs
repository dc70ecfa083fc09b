using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// How long a connection without an answer must stay open, pure. A gateway accepts a connection before it connects to the backend, and
/// closes it when it gives up (Envoy's connect_timeout). So an open connection proves the backend only after that time. Data proves it at
/// once, since a gateway sends none of its own.
/// </summary>
/// <param name="Time">Of the clock of MeshPort.</param>
internal sealed record OpenTime(TimeSpan Time)
{
    /// <summary>Istio's default (mesh configuration, connectTimeout).</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A gateway without a backend resets at once. In real time, whatever the clock.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(300);

    /// <summary>The longest time that a probe waits. A gateway that tries for longer proves nothing by an open connection.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(1);

    /// <summary>For a port that was proven a short while ago, and for a backend that has answered.</summary>
    public static readonly OpenTime Brief = new(TimeSpan.Zero);

    /// <summary>From the gateway's acceptance to MeshPort's notice of the end.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    /// <param name="connectTimeout">How long the gateway tries to connect to the backend.</param>
    public static OpenTime Beyond(TimeSpan connectTimeout) => new((connectTimeout < Most ? connectTimeout : Most) + Margin);

    /// <summary>
    /// Whether an open connection without data is the only proof that the exposure can have. A handshake proves the backend only where the
    /// gateway passes TLS through.
    /// </summary>
    public static bool Proves(ExposureSpec spec) => spec is { Probe.Expect: null, PassesTlsThrough: false };
}
