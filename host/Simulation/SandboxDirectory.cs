using System.Security.Cryptography;
using System.Text.Json;
using MeshPort.Host.Hosting;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;

namespace MeshPort.Host.Simulation;

/// <summary>The files of a running sandbox: those that its clients need, and those that locate its control endpoint.</summary>
internal sealed class SandboxDirectory(string path)
{
    private const string ControlFile = "control.json";
    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The default directory. <c>serve --sandbox</c> uses another one.</summary>
    public static string Default => DataDirectory.Default(sandbox: true) + "-alone";

    public string CertificateAuthority => Path.Combine(path, "ca.pem");

    public string TokenRequest => Path.Combine(path, "token-request");

    public string Settings => Path.Combine(path, "settings.json");

    public string ControlKey => Path.Combine(path, "control.key");

    public string Kubeconfigs => Path.Combine(path, "kubeconfigs");

    /// <summary>Generates the key of the control endpoint, at every start.</summary>
    public string NewControlKey()
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        SecretFile.Write(ControlKey, key);
        return key;
    }

    public void Write(AzureSandbox sandbox, Uri control)
    {
        File.WriteAllText(CertificateAuthority, sandbox.CertificateAuthorityPem);
        SecretFile.Write(
            TokenRequest,
            $"grant_type=client_credentials&client_id={sandbox.ClientId}&client_secret={sandbox.ClientSecret}"
                + $"&scope={Uri.EscapeDataString(SandboxTokens.ResourceManagerAudience + "/.default")}"
        );
        SecretFile.Write(Settings, MeshPortSettings.ToJson(sandbox));
        SecretFile.Write(Path.Combine(path, ControlFile), JsonSerializer.Serialize(new ControlAddress(control)));
    }

    /// <summary>Writes and deletes kubeconfigs to match the existing clusters.</summary>
    /// <returns>The new files.</returns>
    public IReadOnlyList<string> WriteKubeconfigs(AzureSandbox sandbox)
    {
        lock (_lock)
        {
            var ids = sandbox.ClusterIds;
            foreach (var gone in _known.Except(ids, StringComparer.OrdinalIgnoreCase).ToArray())
            {
                File.Delete(KubeconfigOf(gone));
                _known.Remove(gone);
            }

            var fresh = ids.Where(_known.Add).ToArray();
            foreach (var id in fresh)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(KubeconfigOf(id)) ?? Kubeconfigs);
                SecretFile.Write(KubeconfigOf(id), sandbox.AdminKubeconfig(id));
            }

            return [.. fresh.Select(KubeconfigOf)];
        }
    }

    /// <summary>The control endpoint of this directory's sandbox. Null when its files show no running sandbox.</summary>
    public Uri? FindControl()
    {
        try
        {
            return JsonSerializer.Deserialize<ControlAddress>(File.ReadAllText(Path.Combine(path, ControlFile)))?.Endpoint;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The environment variables of Azure CLI, kubectl, Node.js and the Azure SDKs.</summary>
    /// <exception cref="StartupException">No sandbox runs in this directory.</exception>
    public IReadOnlyList<(string Name, string Value)> Environment()
    {
        JsonElement azure;
        try
        {
            azure = JsonDocument.Parse(File.ReadAllText(Settings)).RootElement.GetProperty("MeshPort").GetProperty("Azure");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartupException($"No sandbox runs in {path}; start one with 'meshport sandbox', or name its directory with --data.");
        }

        string Read(string name) => azure.GetProperty(name).GetString() ?? "";
        var kubeconfigs = Directory.Exists(Kubeconfigs) ? Directory.GetFiles(Kubeconfigs, "*.yaml", SearchOption.AllDirectories) : [];
        return
        [
            ("AZURE_RESOURCE_MANAGER_URL", Read("ResourceManagerEndpoint").TrimEnd('/')),
            ("AZURE_AUTHORITY_HOST", Read("AuthorityHost")),
            ("AZURE_TENANT_ID", Read("TenantId")),
            ("AZURE_CLIENT_ID", Read("ClientId")),
            ("AZURE_CLIENT_SECRET", Read("ClientSecret")),
            ("AZURE_CONFIG_DIR", Path.Combine(path, "azure")), // Azure CLI's, so that the user's own stays as it is
            ("REQUESTS_CA_BUNDLE", CertificateAuthority),
            ("NODE_EXTRA_CA_CERTS", CertificateAuthority),
            ("KUBECONFIG", string.Join(Path.PathSeparator, kubeconfigs.Order(StringComparer.Ordinal))),
        ];
    }

    /// <summary>Deletes the files that are useless once the sandbox has stopped.</summary>
    public void Forget()
    {
        File.Delete(Path.Combine(path, ControlFile));
        File.Delete(ControlKey);
        File.Delete(TokenRequest);
        File.Delete(Settings);
        if (Directory.Exists(Kubeconfigs))
        {
            Directory.Delete(Kubeconfigs, recursive: true);
        }
    }

    /// <summary>Returns SUBSCRIPTION/GROUP/NAME.yaml.</summary>
    private string KubeconfigOf(string clusterId)
    {
        var parts = clusterId.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Path.Combine(Kubeconfigs, parts[1], parts[3], parts[^1] + ".yaml");
    }

    private sealed record ControlAddress(Uri Endpoint);
}
