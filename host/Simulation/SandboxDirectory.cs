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

    /// <summary>The default directory. <c>serve --sandbox</c> uses another one.</summary>
    public static string Default => DataDirectory.Default(sandbox: true) + "-alone";

    public string CertificateAuthority => Path.Combine(path, "ca.pem");

    public string TokenRequest => Path.Combine(path, "token-request");

    public string Settings => Path.Combine(path, "settings.json");

    public string ControlKey => Path.Combine(path, "control.key");

    public string Kubeconfigs => Path.Combine(path, "kubeconfigs");

    /// <summary>The configuration of Azure CLI for this sandbox. Only <c>sandbox env</c> names it.</summary>
    public string AzureCli => Path.Combine(path, "azure");

    /// <summary>Where <c>az aks get-credentials</c> writes.</summary>
    public string AzureCliKubeconfig => Path.Combine(AzureCli, "kubeconfig");

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

    /// <summary>Writes and deletes kubeconfigs to match the existing clusters, until it is disposed.</summary>
    /// <param name="written">Receives the path of each new file.</param>
    public IDisposable KeepKubeconfigs(AzureSandbox sandbox, Action<string> written) => new KubeconfigFiles(Kubeconfigs, sandbox, written);

    /// <summary>The kubeconfigs of the existing clusters.</summary>
    public IReadOnlyList<string> KubeconfigFiles() =>
        Directory.Exists(Kubeconfigs)
            ? [.. Directory.EnumerateFiles(Kubeconfigs, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];

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

    /// <summary>Deletes the files that are useless once the sandbox has stopped.</summary>
    public void Forget()
    {
        File.Delete(Path.Combine(path, ControlFile));
        File.Delete(ControlKey);
        File.Delete(TokenRequest);
        File.Delete(Settings);
        if (Directory.Exists(AzureCli))
        {
            Directory.Delete(AzureCli, recursive: true); // Azure CLI keeps the secret of a login
        }
    }

    private sealed record ControlAddress(Uri Endpoint);
}
