using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.ResourceManager;
using MeshPort.Telemetry;

namespace MeshPort.Arm;

/// <summary>
/// Makes the credential and the <see cref="ArmClient"/>. The client does not retry: the orchestration repeats a call that may succeed later
/// after a durable timer, so that no activity sleeps and <c>Retry-After</c> is honoured across restarts.
/// </summary>
internal static class AzureClients
{
    public static TokenCredential CreateCredential(AzureOptions options)
    {
        if (options is { TenantId: { } tenant, ClientId: { } client, ClientSecret: { } secret })
        {
            var settings = new ClientSecretCredentialOptions { DisableInstanceDiscovery = options.AuthorityHost is not null };
            Point(settings, options);
            return new ClientSecretCredential(tenant, client, secret, settings);
        }

        var defaults = new DefaultAzureCredentialOptions { TenantId = options.TenantId, ManagedIdentityClientId = options.ClientId };
        Point(defaults, options);
        return new DefaultAzureCredential(defaults);
    }

    /// <summary>The client that sends nothing but what MeshPort's role foresees.</summary>
    public static ArmClient CreateArmClient(AzureOptions options, TokenCredential credential)
    {
        var settings = Settings(options);
        settings.AddPolicy(new ForeseenActions(), HttpPipelinePosition.PerCall);
        settings.AddPolicy(new ArmWrites(), HttpPipelinePosition.PerCall);
        return new ArmClient(credential, default, settings);
    }

    /// <summary>Which Azure it is, and that requests are sent once.</summary>
    internal static ArmClientOptions Settings(AzureOptions options)
    {
        var settings = new ArmClientOptions();
        if (options.ResourceManagerEndpoint is { } endpoint)
        {
            settings.Environment = new ArmEnvironment(endpoint, Audience(options));
        }

        settings.Retry.MaxRetries = 0;
        Trust(settings, options);
        return settings;
    }

    /// <summary>The scope of tokens for Azure Resource Manager.</summary>
    public static string Scope(AzureOptions options) => $"{Audience(options)}/.default";

    private static string Audience(AzureOptions options) =>
        (
            options.ResourceManagerAudience ?? options.ResourceManagerEndpoint?.ToString() ?? ArmEnvironment.AzurePublicCloud.Audience
        ).TrimEnd('/');

    private static void Point(TokenCredentialOptions settings, AzureOptions options)
    {
        if (options.AuthorityHost is { } authority)
        {
            settings.AuthorityHost = authority;
        }

        Trust(settings, options);
    }

    private static void Trust(ClientOptions settings, AzureOptions options)
    {
        if (options.CertificateAuthority is not null)
        {
            settings.Transport = new HttpClientTransport(CreateHandler(options));
        }
    }

    /// <summary>Connects to servers of this Azure.</summary>
    public static SocketsHttpHandler CreateHandler(AzureOptions options)
    {
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (options.CertificateAuthority is not { } pem)
        {
            return handler;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(pem);
        handler.SslOptions.CertificateChainPolicy = policy;
        return handler;
    }
}
