using System.Collections.Concurrent;
using System.Net;
using k8s.Autorest;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Reads the Secrets in the namespaces of the gateways that exposures name, each once. MeshPort needs only the right to get them.
/// </summary>
internal static class GatewaySecrets
{
    private const int Concurrency = 8;

    /// <exception cref="HttpOperationException">The API server refused for another reason than a missing right.</exception>
    public static async Task<TlsSecrets> ReadAsync(
        KubernetesApi api,
        ClusterSpec spec,
        IReadOnlyList<NamedExposure> wanted,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var found = new ConcurrentDictionary<(string, string), TlsSecret>();
        await Parallel.ForEachAsync(
            wanted.SelectMany(exposure => UsesOf(exposure.Spec, spec)).GroupBy(use => (use.Namespace, use.Name)),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (uses, token) => found[uses.Key] = await ReadIfAllowedAsync(api, [.. uses], token)
        );
        return new TlsSecrets(now, found);
    }

    private static IEnumerable<Use> UsesOf(ExposureSpec exposure, ClusterSpec spec)
    {
        var home = AddOn.Home(spec, exposure.Gateway);
        if (exposure.Certificate is { SecretName: var server })
        {
            yield return new Use(home, server, IsOfGateway: true, IsMutual: exposure.Tls is { Mode: TlsMode.Mutual });
        }

        if (exposure.Probe.ClientCertificate is { SecretName: var client })
        {
            yield return new Use(home, client, IsOfGateway: false, IsMutual: false);
        }
    }

    private static async Task<TlsSecret> ReadIfAllowedAsync(KubernetesApi api, IReadOnlyList<Use> uses, CancellationToken cancellationToken)
    {
        var (home, name) = (uses[0].Namespace, uses[0].Name);
        try
        {
            if (await api.FindSecretAsync(home, name, cancellationToken) is not { } secret)
            {
                return TlsSecret.Missing;
            }

            var authority = uses.Any(use => use.IsMutual)
                ? await api.FindSecretAsync(home, name + CertificateSpec.AuthoritySuffix, cancellationToken)
                : null;
            return TlsSecret.Of(secret, authority, keepsKey: uses.Any(use => !use.IsOfGateway)) with
            {
                IsOfGateway = uses.Any(use => use.IsOfGateway),
            };
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return TlsSecret.Forbidden;
        }
    }

    /// <summary>A Secret as one exposure uses it: for the gateway, or else for the probe.</summary>
    private sealed record Use(string Namespace, string Name, bool IsOfGateway, bool IsMutual);
}
