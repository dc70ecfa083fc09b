using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// The objects that bring certificates of key vaults into the namespace of the gateway, pure: a SecretProviderClass, and a Deployment whose
/// pod mounts it, because the driver keeps a Secret only while a pod mounts its class (AKS documentation, "Secure ingress gateway for Istio
/// service mesh add-on"; wire shapes: secrets-store.csi.x-k8s.io/v1, apps/v1). Exposures with the same certificate share them.
/// </summary>
internal static class KeyVaultObjects
{
    /// <summary>The program that does nothing. AKS serves it on every node.</summary>
    private const string Image = "mcr.microsoft.com/oss/kubernetes/pause:3.6";
    private const int User = 65535; // as the image says
    private const string Volume = "certificate";
    private static readonly ObjectKind[] Kinds = [ObjectKind.SecretProviderClass, ObjectKind.Deployment];

    /// <summary>Whether an exposure needs a certificate of a vault. Strategy gatewayApi ends no TLS.</summary>
    public static bool AreNeeded(ExposureSpec exposure, ClusterSpec spec) =>
        spec.Strategy != Strategy.GatewayApi && exposure.Certificate?.KeyVault is not null;

    /// <summary>Empty where the certificates cannot reach the cluster.</summary>
    public static IEnumerable<DesiredObject> Of(IEnumerable<NamedExposure> exposures, ClusterSpec spec, SecretsProvider? provider) =>
        provider is not { Problem: null }
            ? []
            : exposures
                .Where(exposure => AreNeeded(exposure.Spec, spec))
                .GroupBy(exposure => Holder(exposure.Spec, spec))
                .Select(users => users.OrderBy(exposure => exposure.Name, StringComparer.Ordinal).ToList())
                .SelectMany(users =>
                    Of(users[0], spec, provider).Select(one => one with { Sharers = [.. users.Skip(1).Select(exposure => exposure.Name)] })
                );

    /// <summary>The objects of an exposure, whether or not they exist.</summary>
    public static IEnumerable<ObjectRef> Targets(ExposureSpec exposure, ClusterSpec spec) =>
        AreNeeded(exposure, spec) && Holder(exposure, spec) is var holder ? Kinds.Select(kind => holder with { Kind = kind }) : [];

    /// <summary>The Deployment whose pod mounts the certificate of an exposure.</summary>
    public static ObjectRef Holder(ExposureSpec exposure, ClusterSpec spec) =>
        new(ObjectKind.Deployment, AddOn.Home(spec, exposure.Gateway), exposure.Certificate?.SecretName ?? "");

    /// <summary>Why the pod that mounts the certificate cannot be made or does not start; null without an error.</summary>
    public static string? FindError(ExposureSpec exposure, ClusterSpec spec, ClusterObjects objects)
    {
        var holder = Holder(exposure, spec);
        return objects.PodErrors.GetValueOrDefault(holder) ?? ReplicaFailure.Find(objects.Ours.GetValueOrDefault(holder)?["status"]);
    }

    /// <summary>
    /// Objects that must stay although they are not desired now: those of wanted exposures while the add-on is missing or unknown, and
    /// those behind a certificate that a gateway still serves.
    /// </summary>
    public static IReadOnlySet<ObjectRef> Kept(IReadOnlyList<NamedExposure> wanted, ClusterSpec spec, ClusterObjects objects)
    {
        var names = wanted.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var served = Served(objects, names.Contains);
        return objects
            .OursOf(Kinds)
            .Keys.Where(target => served.Contains(target.Name))
            .Concat(wanted.SelectMany(exposure => Targets(exposure.Spec, spec)))
            .ToHashSet();
    }

    /// <summary>
    /// Objects of certificates whose exposure has been removed. Another exposure needed them then, although they were not desired, so
    /// nothing gave them another owner. They have copies of private keys, and no removal names their owner again. Those that a Gateway of
    /// MeshPort serves stay: after State was restored, MeshPort does not know the exposure of the Gateway.
    /// </summary>
    /// <param name="observed">MeshPort's objects that need not stay.</param>
    /// <param name="known">The exposures that exist, also in removal.</param>
    public static IEnumerable<KeyValuePair<ObjectRef, JsonObject>> Forgotten(
        IEnumerable<KeyValuePair<ObjectRef, JsonObject>> observed,
        IReadOnlyCollection<string> known,
        ClusterObjects objects
    )
    {
        var served = Served(objects, _ => true);
        return observed.Where(found =>
            Kinds.Contains(found.Key.Kind)
            && found.Key.Name.StartsWith(KeyVaultCertificate.NamePrefix, StringComparison.Ordinal)
            && found.Value.Label(DesiredObjects.InstallationLabel) == objects.Installation
            && !known.Contains(DesiredObjects.Owner(found.Value))
            && !served.Contains(found.Key.Name)
        );
    }

    /// <summary>The names of the certificates of key vaults that MeshPort's Gateways serve.</summary>
    private static HashSet<string> Served(ClusterObjects objects, Func<string, bool> isOwner) =>
        objects
            .OursOf([ObjectKind.Gateway])
            .Where(found => isOwner(DesiredObjects.Owner(found.Value)))
            .SelectMany(found => found.Value["spec"]?["servers"] as JsonArray ?? [])
            .Select(server => server?["tls"]?["credentialName"]?.GetValue<string>())
            .OfType<string>()
            .Where(name => name.StartsWith(KeyVaultCertificate.NamePrefix, StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether changes of gateways end the use of certificates, whose objects only the next pass deletes.</summary>
    public static bool AreLeft(
        IReadOnlyList<NamedExposure> wanted,
        ClusterSpec spec,
        ClusterObjects objects,
        IReadOnlyList<Change> routeChanges
    ) =>
        routeChanges.Any(change => change.Target.Kind == ObjectKind.Gateway)
        && Kept(wanted, spec, objects).Except(wanted.SelectMany(exposure => Targets(exposure.Spec, spec))).Any();

    private static IEnumerable<DesiredObject> Of(NamedExposure owner, ClusterSpec spec, SecretsProvider provider)
    {
        if (owner.Spec.Certificate?.KeyVault is not { } certificate || (certificate.TenantId ?? provider.TenantId) is not { } tenant)
        {
            yield break; // Certificates asks for the tenant
        }

        var holder = Holder(owner.Spec, spec);
        yield return DesiredObjects.Make(
            owner.Name,
            holder with
            {
                Kind = ObjectKind.SecretProviderClass,
            },
            Class(certificate, holder.Name, provider.ClientId, tenant)
        );
        yield return DesiredObjects.Make(owner.Name, holder, Deployment(holder.Name));
    }

    /// <summary>The object type secret has the certificate with its chain and its key; the driver splits them for the Secret.</summary>
    private static JsonObject Class(KeyVaultCertificate certificate, string name, string client, string tenant) =>
        new()
        {
            ["provider"] = "azure",
            ["parameters"] = new JsonObject
            {
                ["useVMManagedIdentity"] = "true",
                ["userAssignedIdentityID"] = client,
                ["keyvaultName"] = certificate.Vault,
                ["tenantId"] = tenant,
                ["objects"] =
                    $"array:\n  - |\n    objectName: \"{certificate.Certificate}\"\n    objectType: secret\n"
                    + $"    objectVersion: \"{certificate.Version}\"\n",
            },
            ["secretObjects"] = new JsonArray(
                new JsonObject
                {
                    ["secretName"] = name,
                    ["type"] = "kubernetes.io/tls",
                    ["data"] = new JsonArray(
                        new JsonObject { ["key"] = "tls.key", ["objectName"] = certificate.Certificate },
                        new JsonObject { ["key"] = "tls.crt", ["objectName"] = certificate.Certificate }
                    ),
                }
            ),
        };

    private static JsonObject Deployment(string name) =>
        new()
        {
            ["replicas"] = 1,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [DesiredObjects.AppLabel] = name } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["labels"] = new JsonObject { [DesiredObjects.AppLabel] = name, ["sidecar.istio.io/inject"] = "false" },
                },
                ["spec"] = Pod(name),
            },
        };

    /// <summary>It passes the level restricted of the Pod Security Standards.</summary>
    private static JsonObject Pod(string name) =>
        new()
        {
            ["automountServiceAccountToken"] = false,
            ["nodeSelector"] = new JsonObject { ["kubernetes.io/os"] = "linux" },
            ["securityContext"] = new JsonObject { ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" } },
            ["containers"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "pause",
                    ["image"] = Image,
                    ["resources"] = new JsonObject
                    {
                        ["requests"] = new JsonObject { ["cpu"] = "1m", ["memory"] = "8Mi" },
                    },
                    ["securityContext"] = new JsonObject
                    {
                        ["allowPrivilegeEscalation"] = false,
                        ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
                        ["readOnlyRootFilesystem"] = true,
                        ["runAsNonRoot"] = true,
                        ["runAsUser"] = User,
                    },
                    ["volumeMounts"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = Volume,
                            ["mountPath"] = "/certificate",
                            ["readOnly"] = true,
                        }
                    ),
                }
            ),
            ["volumes"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = Volume,
                    ["csi"] = new JsonObject
                    {
                        ["driver"] = "secrets-store.csi.k8s.io",
                        ["readOnly"] = true,
                        ["volumeAttributes"] = new JsonObject { ["secretProviderClass"] = name },
                    },
                }
            ),
        };
}
