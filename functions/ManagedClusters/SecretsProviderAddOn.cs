using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The add-on Azure Key Vault provider for Secrets Store CSI Driver in the ARM body of a cluster (AKS documentation, "Use the Azure Key
/// Vault provider for Secrets Store CSI Driver"). MeshPort enables it with rotation, by which new versions of certificates arrive.
/// </summary>
internal sealed class SecretsProviderAddOn(ArmClient arm)
{
    private const string Name = "azureKeyvaultSecretsProvider";
    private const string Rotation = "enableSecretRotation";

    /// <returns>Whether the body had other values.</returns>
    public static bool Write(JsonObject properties, ClusterSpec spec) =>
        spec.KeyVaultSecretsProvider switch
        {
            true => Write(
                properties,
                new JsonObject
                {
                    ["enabled"] = true,
                    ["config"] = new JsonObject { [Rotation] = "true" },
                }
            ),
            false when IsEnabled(Find(properties)) => Write(properties, new JsonObject { ["enabled"] = false }),
            _ => false,
        };

    /// <summary>
    /// The add-on of a cluster that exists. A fault of Azure is a problem of the add-on, since the rest of a pass works without it.
    /// </summary>
    public async Task<SecretsProvider> ReadAsync(ClusterId cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        if (!spec.Connection.IsAks)
        {
            return new SecretsProvider(
                Observation.False(
                    Reasons.SecretsProviderMissing,
                    $"MeshPort reaches the cluster by {spec.Connection}, so it does not know the identity of its secrets provider. "
                        + "Name a Secret in tls.certificate.secret."
                )
            );
        }

        SecretsProvider? found = null;
        var read = await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                found = Of(await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken), spec);
                return StepResult.Done(Observation.True(Reasons.AsDesired, ""));
            },
            cancellationToken
        );
        return found ?? new SecretsProvider(read.Observation);
    }

    /// <param name="cluster">The body; null when the cluster does not exist.</param>
    internal static SecretsProvider Of(JsonObject? cluster, ClusterSpec spec)
    {
        var properties = cluster?["properties"] as JsonObject;
        return properties is not null && Find(properties) is { } addOn && IsEnabled(addOn) && addOn["identity"] is JsonObject identity
            ? new SecretsProvider(
                null,
                identity["clientId"]?.GetValue<string>() ?? "",
                identity["objectId"]?.GetValue<string>() ?? "",
                cluster?["identity"]?["tenantId"]?.GetValue<string>() ?? properties["aadProfile"]?["tenantID"]?.GetValue<string>(),
                ManagedClusterBody.Same($"{addOn["config"]?[Rotation]}", "true") // false where it is absent
            )
            : new SecretsProvider(Missing(spec));
    }

    private static Observation Missing(ClusterSpec spec) =>
        spec.KeyVaultSecretsProvider == true
            ? Observation.Unknown(Reasons.CertificatePending, "The add-on of the cluster that reads key vaults is not enabled yet.")
            : Observation.False(
                Reasons.SecretsProviderMissing,
                "The cluster has no add-on that reads key vaults. Set keyVaultSecretsProvider in the spec of the cluster to true, "
                    + "or run 'az aks enable-addons --addons azure-keyvault-secrets-provider --enable-secret-rotation'."
            );

    /// <summary>Names of add-ons have no case.</summary>
    private static JsonObject? Find(JsonObject properties) =>
        (properties["addonProfiles"] as JsonObject ?? []).FirstOrDefault(addOn => ManagedClusterBody.Same(addOn.Key, Name)).Value
        as JsonObject;

    private static bool IsEnabled(JsonObject? addOn) => addOn?["enabled"]?.GetValue<bool>() == true;

    private static bool Write(JsonObject properties, JsonObject addOn) =>
        ExtraProperties.Write(properties, new JsonObject { ["addonProfiles"] = new JsonObject { [Name] = addOn } });
}
