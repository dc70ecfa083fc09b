using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace MeshPort.Sandbox.Controllers.SecretsStore;

/// <summary>An object of a vault that a SecretProviderClass names in the parameter <c>objects</c>.</summary>
/// <param name="Type">secret: certificate and key; cert: the certificate alone. The type key is not simulated.</param>
/// <param name="Version">Empty for the newest one.</param>
/// <param name="Alias">The name of its file in the volume.</param>
internal sealed record VaultObject(string Name, string Type, string Version, string Alias)
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder().Build();

    /// <summary>As the status of a mount names it.</summary>
    public string Id => $"{Type}/{Name}";

    /// <returns>Null when the parameter cannot be read.</returns>
    public static IReadOnlyList<VaultObject>? Of(JsonObject providerClass)
    {
        try
        {
            var list = Yaml.Deserialize<Dictionary<string, List<string>>>(providerClass.Text("spec", "parameters", "objects") ?? "");
            return list?.GetValueOrDefault("array") is { Count: > 0 } items
                ? [.. items.Select(item => Of(Yaml.Deserialize<Dictionary<string, string?>>(item) ?? []))]
                : null;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    /// <summary>The part of a file that a key of a Secret gets (sigs.k8s.io/secrets-store-csi-driver, pkg/util/secretutil).</summary>
    /// <param name="secretType">In a Secret of type kubernetes.io/tls, the keys get the certificate or the private key of a file.</param>
    public string Part(VaultContent content, string secretType, string key) =>
        secretType == "kubernetes.io/tls"
            ? key switch
            {
                "tls.crt" => content.Certificate,
                "tls.key" when Type == "secret" => content.Key,
                _ => "",
            }
        : Type == "cert" ? content.Certificate
        : content.Key + content.Certificate;

    private static VaultObject Of(Dictionary<string, string?> item)
    {
        var name = item.GetValueOrDefault("objectName") ?? "";
        return new VaultObject(
            name,
            item.GetValueOrDefault("objectType") ?? "",
            item.GetValueOrDefault("objectVersion") ?? "",
            item.GetValueOrDefault("objectAlias") is { Length: > 0 } alias ? alias : name
        );
    }
}
