using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>
/// Identifies the caller by a client certificate of the sandbox's authority, a service account token, or an Entra token for the AKS server
/// application.
/// </summary>
internal sealed class KubeAuthentication(SandboxWorld world)
{
    /// <summary>The user of the sandbox's own kubeconfig, which works whatever the cluster's access rules.</summary>
    public const string BackDoorUser = "meshport-sandbox-admin";

    /// <summary>The user of AKS's local-account kubeconfigs.</summary>
    public const string LocalAccountUser = "masterclient";

    private const string Scheme = "Bearer ";
    private readonly ConcurrentDictionary<string, KubeIdentity?> _certificates = [];

    /// <exception cref="KubeError">401 for invalid credentials.</exception>
    public KubeIdentity Identify(ClusterShape shape, ServiceAccountTokens accounts, X509Certificate2? certificate, string? authorization)
    {
        if (authorization is not null)
        {
            return
                authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                && OfToken(shape, accounts, authorization[Scheme.Length..].Trim()) is { } bearer
                ? bearer
                : throw KubeError.Unauthorized();
        }

        if (certificate is null)
        {
            return new KubeIdentity(KubeIdentity.Anonymous, ["system:unauthenticated"]);
        }

        var identity = _certificates.GetOrAdd(certificate.Thumbprint, _ => Read(certificate)) ?? throw KubeError.Unauthorized();
        return shape.LocalAccounts || identity.User == BackDoorUser ? identity : throw KubeError.Unauthorized();
    }

    /// <summary>Null for an invalid token.</summary>
    public KubeIdentity? OfToken(ClusterShape shape, ServiceAccountTokens accounts, string token) =>
        accounts.Identify(token)
        ?? (
            shape.EntraIntegrated && world.Tokens.Check(token, SandboxTokens.KubernetesAudience, out _) is { } entra
                ? new KubeIdentity(entra.ObjectId, [.. entra.Groups, KubeIdentity.Authenticated]) { EntraObjectId = entra.ObjectId }
                : null
        );

    private KubeIdentity? Read(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(world.Certificates.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        if (!chain.Build(certificate))
        {
            return null;
        }

        var parts = certificate
            .SubjectName.EnumerateRelativeDistinguishedNames()
            .Select(name => (Type: name.GetSingleElementType().Value, Value: name.GetSingleElementValue() ?? ""))
            .ToArray();
        return new KubeIdentity(
            parts.FirstOrDefault(part => part.Type == "2.5.4.3").Value ?? "",
            [.. parts.Where(part => part.Type == "2.5.4.10").Select(part => part.Value), KubeIdentity.Authenticated]
        );
    }
}
