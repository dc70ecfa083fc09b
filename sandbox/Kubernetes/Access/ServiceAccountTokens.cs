using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>
/// The tokens of one cluster's service accounts: short-lived ones from the TokenRequest API, and long-lived ones that it writes into
/// Secrets of type <c>kubernetes.io/service-account-token</c>. A token is invalid once its account is deleted; a long-lived one also once
/// its Secret is.
/// </summary>
internal sealed class ServiceAccountTokens(ObjectStore store, ObjectWriter writer, SandboxWorld world, string clusterId) : IController
{
    private const string SecretType = "kubernetes.io/service-account-token";
    private const string NameAnnotation = "kubernetes.io/service-account.name";
    private const string UidAnnotation = "kubernetes.io/service-account.uid";
    private const string Prefix = "system:serviceaccount:";
    private static readonly TimeSpan KeptLifetime = TimeSpan.FromDays(3650);
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager");

    /// <summary>The default audience of a token: this cluster's API server.</summary>
    public string Audience { get; } = $"https://kubernetes.default.svc{clusterId}";

    public string Issue(JsonObject account, string audience, TimeSpan lifetime) =>
        world.Tokens.Issue(audience, new TokenIdentity(account.Uid(), $"{Prefix}{account.Namespace()}:{account.Name()}", []), lifetime);

    public KubeIdentity? Identify(string token)
    {
        if (world.Tokens.Check(token, Audience, out _) is { } bound)
        {
            return
                bound.Name[Prefix.Length..].Split(':') is [var home, var name]
                && Find(home, name) is { } account
                && account.Uid() == bound.ObjectId
                ? Identity(account)
                : null;
        }

        var kept = store
            .List(ResourceCatalog.Secret)
            .FirstOrDefault(secret =>
                secret.Text("type") == SecretType && secret.Text("data", "token") is { } known && known == Encode(token)
            );
        return kept is not null && Owner(kept) is { } owner ? Identity(owner) : null;
    }

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var secret in store.List(ResourceCatalog.Secret).Where(secret => secret.Text("type") == SecretType).ToArray())
        {
            if (Owner(secret) is not { } account)
            {
                writer.Delete(ResourceCatalog.Secret, secret.Namespace(), secret.Name());
            }
            else if (secret.At("data", "token") is null)
            {
                writer.Update(ResourceCatalog.Secret, secret.Namespace(), secret.Name(), body => Filled(body, account), Options);
            }
        }

        return null;
    }

    private JsonObject Filled(JsonObject secret, JsonObject account)
    {
        secret.Child("metadata").Child("annotations")[UidAnnotation] = account.Uid();
        var data = secret.Child("data");
        data["ca.crt"] = Encode(world.Certificates.AuthorityPem);
        data["namespace"] = Encode(account.Namespace());
        data["token"] = Encode(Issue(account, $"{Audience}#kept", KeptLifetime));
        return secret;
    }

    private JsonObject? Owner(JsonObject secret) =>
        secret.Strings("metadata", "annotations") is var annotations
        && Find(secret.Namespace(), annotations.GetValueOrDefault(NameAnnotation, "")) is { } account
        && annotations.GetValueOrDefault(UidAnnotation, account.Uid()) == account.Uid()
            ? account
            : null;

    private JsonObject? Find(string home, string name) => store.Get(ResourceCatalog.ServiceAccount, home, name);

    private static KubeIdentity Identity(JsonObject account) =>
        new(
            $"{Prefix}{account.Namespace()}:{account.Name()}",
            ["system:serviceaccounts", $"system:serviceaccounts:{account.Namespace()}", KubeIdentity.Authenticated]
        )
        {
            Uid = account.Uid(),
        };

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
