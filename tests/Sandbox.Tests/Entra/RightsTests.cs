using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.Entra;

public sealed class RightsTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string Group = "/subscriptions/" + SandboxClients.Subscription + "/resourceGroups/rights";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_can_only_read()
    {
        await fixture.Clients.GroupAsync("rights", Cancel);

        Assert.Equal((200, null), await CallAsync(SandboxRole.Reader, "GET", Group));
        Assert.Equal((403, "AuthorizationFailed"), await CallAsync(SandboxRole.Reader, "PUT", Group));
        Assert.Equal(
            (403, "AuthorizationFailed"),
            await CallAsync(
                SandboxRole.Reader,
                "POST",
                $"{Group}/providers/Microsoft.ContainerService/managedClusters/c/listClusterUserCredential",
                "2026-03-01"
            )
        );
    }

    [Fact]
    public async Task The_refusal_of_an_application_without_a_role_names_action_and_scope()
    {
        var application = fixture.Sandbox.Applications.First(known => known.Role == SandboxRole.None);
        var path = $"{Group}/providers/Microsoft.ContainerService/managedClusters/c";
        using var answer = await SendAsync(SandboxRole.None, "GET", path, "2026-03-01");
        var error = (await answer.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["error"]!;

        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Equal("gateway", Assert.Single(answer.Headers.GetValues("x-ms-failure-cause")));
        Assert.Equal(
            $"The client '{application.ClientId}' with object id '{application.ObjectId}' does not have authorization to perform action "
                + $"'Microsoft.ContainerService/managedClusters/read' over scope '{path}' or the scope is invalid. If access was recently "
                + "granted, please refresh your credentials.",
            error["message"]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task An_application_without_a_role_sees_no_subscription()
    {
        using var answer = await SendAsync(SandboxRole.None, "GET", "/subscriptions");

        Assert.Empty((await answer.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["value"]!.AsArray());
    }

    private async Task<(int Status, string? Code)> CallAsync(SandboxRole role, string method, string path, string apiVersion = "2022-12-01")
    {
        using var answer = await SendAsync(role, method, path, apiVersion);
        return ((int)answer.StatusCode, ArmFixture.Code((await answer.Content.ReadFromJsonAsync<JsonObject>(Cancel))!));
    }

    private async Task<HttpResponseMessage> SendAsync(SandboxRole role, string method, string path, string apiVersion = "2022-12-01")
    {
        var application = fixture.Sandbox.Applications.First(known => known.Role == role);
        var token = await fixture
            .Clients.Credential(application.ClientSecret, application.ClientId)
            .GetTokenAsync(new TokenRequestContext(["https://management.azure.com/.default"]), Cancel);
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{path}?api-version={apiVersion}");
        request.Headers.Authorization = new("Bearer", token.Token);
        return await fixture.Clients.Http.SendAsync(request, Cancel);
    }
}
