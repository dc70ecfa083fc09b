using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.Entra;

/// <summary>
/// The official credentials, configured through their environment variables. Nothing else in this project reads these variables.
/// </summary>
public sealed class ManagedIdentityTests(ArmFixture fixture) : IClassFixture<ArmFixture>, IDisposable
{
    private static readonly TokenRequestContext Management = new(["https://management.azure.com//.default"]);
    private readonly List<string> _set = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ManagedIdentityCredential Credential(ManagedIdentityId id) =>
        new(
            new ManagedIdentityCredentialOptions(id)
            {
                Transport = new HttpClientTransport(fixture.Clients.Http),
                Retry = { MaxRetries = 0 },
            }
        );

    [Fact]
    public async Task The_system_assigned_identity_gets_a_token_as_on_App_Service()
    {
        AppService();

        Assert.Equal(200, await StatusWithAsync(Credential(ManagedIdentityId.SystemAssigned)));
    }

    [Fact]
    public async Task A_user_assigned_identity_gets_a_token_by_its_client_id()
    {
        AppService();
        var known = fixture.Sandbox.Applications.Single(application => application.Name == "user-assigned identity");

        Assert.Equal(200, await StatusWithAsync(Credential(ManagedIdentityId.FromUserAssignedClientId(known.ClientId))));
        await Assert.ThrowsAnyAsync<AuthenticationFailedException>(() =>
            StatusWithAsync(Credential(ManagedIdentityId.FromUserAssignedClientId(Guid.NewGuid().ToString())))
        );
    }

    [Fact]
    public async Task A_request_without_the_identity_header_gets_no_token()
    {
        using var answer = await fixture.Clients.Http.GetAsync(
            new Uri($"{fixture.Sandbox.IdentityEndpoint}?api-version=2019-08-01&resource=https://management.azure.com"),
            Cancel
        );

        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("", "Metadata")]
    [InlineData("&client_id=a1b2c3d4-0000-4000-8000-5a4db0c50031", "Metadata")]
    public async Task The_instance_metadata_service_issues_tokens_only_with_its_header(string identity, string header)
    {
        var path = $"/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com{identity}";
        using var probe = await fixture.Clients.Http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add(header, "true");
        using var answer = await fixture.Clients.Http.SendAsync(request, Cancel);

        Assert.Equal((400, 200), ((int)probe.StatusCode, (int)answer.StatusCode));
        Assert.Contains("access_token", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a1b2c3d4-0000-4000-8000-5a4db0c50031")]
    public async Task The_official_credential_gets_tokens_from_the_instance_metadata_service(string? clientId)
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", fixture.Sandbox.AuthorityHost.ToString());

        Assert.Equal(
            200,
            await StatusWithAsync(
                Credential(clientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId))
            )
        );
    }

    [Fact]
    public async Task The_default_credential_finds_the_environments_application()
    {
        Set("AZURE_TENANT_ID", fixture.Sandbox.TenantId);
        Set("AZURE_CLIENT_ID", fixture.Sandbox.ClientId);
        Set("AZURE_CLIENT_SECRET", fixture.Sandbox.ClientSecret);

        Assert.Equal(200, await StatusWithAsync(new DefaultAzureCredential(Default())));
    }

    [Fact]
    public async Task The_default_credential_finds_the_managed_identity()
    {
        AppService();

        Assert.Equal(200, await StatusWithAsync(new DefaultAzureCredential(Default())));
    }

    public void Dispose() => _set.ForEach(name => Environment.SetEnvironmentVariable(name, null));

    private DefaultAzureCredentialOptions Default() =>
        new()
        {
            AuthorityHost = fixture.Sandbox.AuthorityHost,
            DisableInstanceDiscovery = true,
            Transport = new HttpClientTransport(fixture.Clients.Http),
            Retry = { MaxRetries = 0 },
            ExcludeAzureCliCredential = true,
            ExcludeAzureDeveloperCliCredential = true,
            ExcludeAzurePowerShellCredential = true,
            ExcludeVisualStudioCredential = true,
            ExcludeVisualStudioCodeCredential = true,
        };

    private void AppService()
    {
        Set("IDENTITY_ENDPOINT", fixture.Sandbox.IdentityEndpoint.ToString());
        Set("IDENTITY_HEADER", fixture.Sandbox.IdentityHeader);
    }

    private void Set(string name, string value)
    {
        _set.Add(name);
        Environment.SetEnvironmentVariable(name, value);
    }

    private async Task<int> StatusWithAsync(TokenCredential credential)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/subscriptions?api-version=2022-12-01");
        request.Headers.Authorization = new("Bearer", (await credential.GetTokenAsync(Management, Cancel)).Token);
        using var answer = await fixture.Clients.Http.SendAsync(request, Cancel);
        return (int)answer.StatusCode;
    }
}
