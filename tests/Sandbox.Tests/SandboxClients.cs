using System.Security.Cryptography.X509Certificates;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;

namespace MeshPort.Sandbox.Tests;

/// <summary>The official clients, configured for a sandbox and its certificate authority only.</summary>
internal sealed class SandboxClients : IDisposable
{
    public const string Subscription = "11111111-2222-3333-4444-555555555555";
    public const string ClusterApiVersion = "2026-03-01";
    public const string NetworkApiVersion = "2025-07-01";
    private readonly AzureSandbox _sandbox;
    private readonly X509Certificate2 _authority;
    private readonly HttpClientHandler _handler;

    public SandboxClients(AzureSandbox sandbox)
    {
        _sandbox = sandbox;
        _authority = X509Certificate2.CreateFromPem(sandbox.CertificateAuthorityPem);
        _handler = Trusting(_authority);
        Http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = sandbox.ResourceManagerEndpoint };
        Arm = new ArmClient(Credential(), Subscription, Options());
    }

    /// <summary>Plain HTTPS without a token.</summary>
    public HttpClient Http { get; }

    public ArmClient Arm { get; }

    public ClientSecretCredential Credential(string? secret = null, string? clientId = null) =>
        new(
            _sandbox.TenantId,
            clientId ?? _sandbox.ClientId,
            secret ?? _sandbox.ClientSecret,
            new ClientSecretCredentialOptions
            {
                AuthorityHost = _sandbox.AuthorityHost,
                DisableInstanceDiscovery = true,
                Transport = new HttpClientTransport(Http),
                Retry = { MaxRetries = 0 },
            }
        );

    public async Task<string> TokenAsync(CancellationToken cancellationToken) =>
        (await Credential().GetTokenAsync(new TokenRequestContext(["https://management.azure.com//.default"]), cancellationToken)).Token;

    /// <summary>A raw request with a token, for requests that the official clients cannot send.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string pathAndQuery,
        string? body,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, pathAndQuery);
        request.Headers.Add("Authorization", $"Bearer {await TokenAsync(cancellationToken)}");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        return await Http.SendAsync(request, cancellationToken);
    }

    public async Task<ResourceGroupResource> GroupAsync(string name, CancellationToken cancellationToken)
    {
        var groups = Arm.GetSubscriptionResource(new ResourceIdentifier($"/subscriptions/{Subscription}")).GetResourceGroups();
        return (
            await groups.CreateOrUpdateAsync(WaitUntil.Completed, name, new ResourceGroupData(AzureLocation.EastUS2), cancellationToken)
        ).Value;
    }

    public Task<ArmOperation<GenericResource>> PutAsync(ResourceIdentifier id, string properties, CancellationToken cancellationToken) =>
        Arm.GetGenericResources()
            .CreateOrUpdateAsync(
                WaitUntil.Started,
                id,
                new GenericResourceData(AzureLocation.EastUS2) { Properties = BinaryData.FromString(properties) },
                cancellationToken
            );

    public async Task<GenericResource> PutAndWaitAsync(ResourceIdentifier id, string properties, CancellationToken cancellationToken)
    {
        var operation = await PutAsync(id, properties, cancellationToken);
        await CompleteAsync(operation, cancellationToken);
        return operation.Value;
    }

    /// <summary>Polls without Retry-After, which is in simulated seconds.</summary>
    public static async Task CompleteAsync(Operation operation, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Wait.Usual);
        while (!operation.HasCompleted)
        {
            await operation.UpdateStatusAsync(deadline.Token);
        }
    }

    public static ResourceIdentifier ClusterId(string group, string name) =>
        new($"/subscriptions/{Subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}");

    public static ResourceIdentifier NetworkId(string group, string type, string name) =>
        new($"/subscriptions/{Subscription}/resourceGroups/{group}/providers/Microsoft.Network/{type}/{name}");

    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
        _authority.Dispose();
    }

    private ArmClientOptions Options()
    {
        var options = new ArmClientOptions
        {
            Environment = new ArmEnvironment(_sandbox.ResourceManagerEndpoint, "https://management.azure.com"),
            Transport = new HttpClientTransport(Http),
        };
        options.Retry.MaxRetries = 0;
        options.SetApiVersion("Microsoft.ContainerService/managedClusters", ClusterApiVersion);
        options.SetApiVersion("Microsoft.ContainerService/managedClusters/agentPools", ClusterApiVersion);
        foreach (
            var type in (string[])
                [
                    "virtualNetworks",
                    "virtualNetworks/subnets",
                    "networkSecurityGroups",
                    "networkSecurityGroups/securityRules",
                    "publicIPAddresses",
                ]
        )
        {
            options.SetApiVersion($"Microsoft.Network/{type}", NetworkApiVersion);
        }

        return options;
    }

    private static HttpClientHandler Trusting(X509Certificate2 authority) =>
        new()
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                using var chain = new X509Chain();
                chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.CustomTrustStore.Add(authority);
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                return certificate is not null && chain.Build(certificate);
            },
        };
}
