using System.Text.Json;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Simulation;

/// <summary>The environment variables with which other clients find a running sandbox and trust it.</summary>
internal sealed class SandboxVariables(SandboxDirectory directory)
{
    private const string Subscription = "00000000-0000-0000-0000-000000000000";

    /// <exception cref="StartupException">The sandbox's settings file cannot be read.</exception>
    public IEnumerable<(string Name, string Value)> All()
    {
        var azure = Settings();
        var (endpoint, authority) = (new Uri(azure["ResourceManagerEndpoint"]), azure["AuthorityHost"]);
        return
        [
            // Azure CLI: a login and clouds of its own, and no look-up of the authority in the public cloud.
            ("AZURE_CONFIG_DIR", directory.AzureCli),
            ("AZURE_CORE_INSTANCE_DISCOVERY", "false"),
            ("AZURE_RESOURCE_MANAGER_ENDPOINT", endpoint.GetLeftPart(UriPartial.Authority)),
            // Azure.Identity in every language
            ("AZURE_AUTHORITY_HOST", authority),
            ("AZURE_TENANT_ID", azure["TenantId"]),
            ("AZURE_CLIENT_ID", azure["ClientId"]),
            ("AZURE_CLIENT_SECRET", azure["ClientSecret"]),
            ("AZURE_SUBSCRIPTION_ID", Subscription),
            // Terraform
            ("ARM_METADATA_HOSTNAME", endpoint.Authority),
            ("ARM_TENANT_ID", azure["TenantId"]),
            ("ARM_CLIENT_ID", azure["ClientId"]),
            ("ARM_CLIENT_SECRET", azure["ClientSecret"]),
            ("ARM_SUBSCRIPTION_ID", Subscription),
            // The authority of the sandbox's certificates: Python and az; Go, .NET and OpenSSL; Node.js
            ("REQUESTS_CA_BUNDLE", directory.CertificateAuthority),
            ("SSL_CERT_FILE", directory.CertificateAuthority),
            ("NODE_EXTRA_CA_CERTS", directory.CertificateAuthority),
            // az writes to the first file, so the user's own stays as it is. kubectl reads all that exist.
            ("KUBECONFIG", string.Join(Path.PathSeparator, [directory.AzureCliKubeconfig, .. directory.KubeconfigFiles()])),
        ];
    }

    private Dictionary<string, string> Settings()
    {
        try
        {
            using var settings = JsonDocument.Parse(File.ReadAllText(directory.Settings));
            return settings
                .RootElement.GetProperty("MeshPort")
                .GetProperty("Azure")
                .EnumerateObject()
                .ToDictionary(setting => setting.Name, setting => setting.Value.GetString() ?? "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The settings of the sandbox cannot be read: {exception.Message}");
        }
    }
}
