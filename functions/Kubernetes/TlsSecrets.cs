namespace MeshPort.Kubernetes;

/// <summary>The Secrets with certificates that exposures name, as they were at one time.</summary>
internal sealed record TlsSecrets(DateTimeOffset At, IReadOnlyDictionary<(string Namespace, string Name), TlsSecret> All)
{
    public static readonly TlsSecrets None = new(default, new Dictionary<(string, string), TlsSecret>());

    /// <summary>The time until the first certificate of a gateway expires; null without one.</summary>
    public TimeSpan? Remaining =>
        All.Values.Where(secret => secret is { IsOfGateway: true, Certificate: not null }).Min(secret => secret.Certificate?.NotAfter - At);

    /// <returns>Missing, where it was not read.</returns>
    public TlsSecret Find(string @namespace, string name) => All.GetValueOrDefault((@namespace, name)) ?? TlsSecret.Missing;
}
