using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox;
using MeshPort.Sandbox.Control;

namespace MeshPort.Benchmarks;

/// <summary>
/// A sandbox in a child process, so that its memory can be measured. The child runs this program with <see cref="ChildArgument"/>.
/// </summary>
internal sealed class SandboxChild : IAsyncDisposable
{
    public const string ChildArgument = "--sandbox-child";
    private const string Key = "bench";
    private readonly Process _process;
    private readonly Contact _contact;
    private readonly X509Certificate2 _authority;

    private SandboxChild(Process process, Contact contact)
    {
        _process = process;
        _contact = contact;
        _authority = X509Certificate2.CreateFromPem(contact.Authority);
        Arm = Client(null);
        Arm.BaseAddress = contact.Arm;
    }

    /// <summary>A client of Azure Resource Manager, with a token.</summary>
    public HttpClient Arm { get; }

    public static async Task RunChildAsync()
    {
        await using var sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions { TimeScale = 6000, Throttling = false },
            CancellationToken.None
        );
        await using var control = await SandboxControl.StartAsync(sandbox, Key, CancellationToken.None);
        Console.WriteLine(
            JsonSerializer.Serialize(
                new Contact(
                    sandbox.ResourceManagerEndpoint,
                    control.Endpoint,
                    sandbox.TenantId,
                    sandbox.ClientId,
                    sandbox.ClientSecret,
                    sandbox.CertificateAuthorityPem
                )
            )
        );
        await Console.In.ReadToEndAsync();
    }

    /// <returns>The child, and the seconds from its start until it is ready.</returns>
    public static async Task<(SandboxChild Child, double Seconds)> StartAsync()
    {
        var clock = Stopwatch.StartNew();
        var process = Starts.Again(ChildArgument);
        var contact =
            JsonSerializer.Deserialize<Contact>(await process.StandardOutput.ReadLineAsync() ?? "null")
            ?? throw new InvalidOperationException("The sandbox did not start.");
        var seconds = clock.Elapsed.TotalSeconds;
        var child = new SandboxChild(process, contact);
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = contact.ClientId,
                ["client_secret"] = contact.Secret,
                ["scope"] = "https://management.azure.com/.default",
            }
        );
        using var answer = await child.Arm.PostAsync($"/{contact.Tenant}/oauth2/v2.0/token", form);
        var token = JsonNode.Parse(await answer.Content.ReadAsStringAsync())?["access_token"]?.GetValue<string>();
        child.Arm.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (child, seconds);
    }

    /// <summary>The working set, in megabytes.</summary>
    public double Megabytes()
    {
        _process.Refresh();
        return _process.WorkingSet64 / 1e6;
    }

    /// <summary>The processor time so far.</summary>
    public TimeSpan Busy()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>Waits for a cluster's API server and returns an administrator's client.</summary>
    public async Task<HttpClient> KubernetesAsync(string clusterId)
    {
        using var control = new HttpClient(new SocketsHttpHandler()) { BaseAddress = _contact.Control };
        control.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        while (true)
        {
            using var answer = await control.GetAsync($"/sandbox/clusters/kubeconfig?id={clusterId}");
            if (answer.IsSuccessStatusCode)
            {
                return FromKubeconfig(await answer.Content.ReadAsStringAsync());
            }

            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Arm.Dispose();
        _authority.Dispose();
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private HttpClient FromKubeconfig(string text)
    {
        string Value(string name) =>
            text.Split('\n').Single(line => line.Trim().StartsWith(name + ": ", StringComparison.Ordinal)).Split(": ")[1].Trim();
        string Pem(string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Value(name)));
        var client = Client(X509Certificate2.CreateFromPem(Pem("client-certificate-data"), Pem("client-key-data")));
        client.BaseAddress = new Uri(Value("server"));
        return client;
    }

    private HttpClient Client(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { _authority },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.ClientCertificates = certificate is null ? null : [certificate];
        return new HttpClient(handler);
    }

    private sealed record Contact(Uri Arm, Uri Control, string Tenant, string ClientId, string Secret, string Authority);
}
