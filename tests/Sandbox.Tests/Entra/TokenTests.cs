using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Identity;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.Entra;

public sealed class TokenTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static readonly TokenRequestContext Management = new(["https://management.azure.com//.default"]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://management.azure.com//.default")]
    [InlineData("https://management.azure.com/.default")]
    public async Task A_secret_gets_a_token_that_resource_manager_accepts(string scope)
    {
        var token = await fixture.Clients.Credential().GetTokenAsync(new TokenRequestContext([scope]), Cancel);

        Assert.Equal(200, await StatusWithAsync($"Bearer {token.Token}"));
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_with_Entras_error()
    {
        var refusal = await Assert.ThrowsAsync<AuthenticationFailedException>(async () =>
            await fixture.Clients.Credential(secret: "wrong").GetTokenAsync(Management, Cancel)
        );

        Assert.Contains("AADSTS7000215", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_application_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<AuthenticationFailedException>(async () =>
            await fixture.Clients.Credential(clientId: Guid.NewGuid().ToString()).GetTokenAsync(Management, Cancel)
        );

        Assert.Contains("AADSTS700016", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_an_unknown_resource_is_refused_with_all_fields_of_the_error()
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = fixture.Sandbox.ClientId,
                ["client_secret"] = fixture.Sandbox.ClientSecret,
                ["scope"] = "https://unknown.example/.default",
            }
        );
        using var answer = await fixture.Clients.Http.PostAsync($"/{fixture.Sandbox.TenantId}/oauth2/v2.0/token", form, Cancel);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;

        Assert.Equal((400, "invalid_resource"), ((int)answer.StatusCode, body["error"]!.GetValue<string>()));
        Assert.StartsWith(
            "AADSTS500011: The resource principal named https://unknown.example was not found in the tenant named ",
            body["error_description"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.Equal(500011, Assert.Single(body["error_codes"]!.AsArray())!.GetValue<int>());
        Assert.All(["timestamp", "trace_id", "correlation_id", "error_uri"], field => Assert.NotNull(body[field]));
    }

    [Fact]
    public async Task Resource_manager_refuses_a_token_for_the_clusters()
    {
        var token = await fixture
            .Clients.Credential()
            .GetTokenAsync(new TokenRequestContext(["6dae42f8-4368-4678-94ff-3960e28e3630/.default"]), Cancel);

        Assert.Equal(401, await StatusWithAsync($"Bearer {token.Token}"));
    }

    [Fact]
    public async Task The_answer_to_a_call_without_a_token_names_the_authority()
    {
        using var answer = await fixture.Clients.Http.GetAsync(new Uri("/subscriptions?api-version=2022-12-01", UriKind.Relative), Cancel);

        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Contains(fixture.Sandbox.TenantId, answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("AuthenticationFailed", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Basic abc")]
    public async Task A_credential_that_is_no_token_of_ours_is_refused(string header) => Assert.Equal(401, await StatusWithAsync(header));

    private async Task<int> StatusWithAsync(string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/subscriptions?api-version=2022-12-01");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await fixture.Clients.Http.SendAsync(request, Cancel);
        return (int)answer.StatusCode;
    }
}
