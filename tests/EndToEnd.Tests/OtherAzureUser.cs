using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// Another user with all rights in the simulated Azure. Its identity is not MeshPort's, so MeshPort reacts to events of its writes.
/// </summary>
internal sealed class OtherAzureUser(AzureSandbox azure, CancellationToken cancellationToken) : IDisposable
{
    private readonly HttpClient _http = new(
        new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator }
    ); // these tests do not check certificates

    public static string Cluster => Walkthrough.Environment.ArmId;

    public static string Group => Cluster[..Cluster.IndexOf("/providers/", StringComparison.Ordinal)];

    public static string Network(string type, string name) => $"{Group}/providers/Microsoft.Network/{type}/{name}";

    /// <summary>Reads a resource, changes it and writes it back.</summary>
    public async Task ChangeAsync(string id, Action<JsonObject> change)
    {
        var found = await SendAsync(HttpMethod.Get, id);
        change(found);
        await PutAsync(id, found);
    }

    public Task PutAsync(string id, JsonObject body) => WriteAsync(HttpMethod.Put, id, body);

    public Task PostAsync(string id) => WriteAsync(HttpMethod.Post, id);

    public Task DeleteAsync(string id) => WriteAsync(HttpMethod.Delete, id);

    public Task<JsonObject> GetAsync(string id) => SendAsync(HttpMethod.Get, id);

    public void Dispose() => _http.Dispose();

    /// <summary>Writes, and waits for the end of the operation.</summary>
    private async Task WriteAsync(HttpMethod method, string id, JsonObject? body = null)
    {
        var before = azure.Operations.Count;
        await SendAsync(method, id, body);
        await Wait.UntilAsync(
            $"{method} {id} is over",
            Walkthrough.Within,
            () =>
                azure
                    .Operations.Skip(before)
                    .All(operation => operation.Status != "InProgress" || !operation.Target.Equals(id, StringComparison.OrdinalIgnoreCase)),
            cancellationToken
        );
    }

    /// <summary>Sends a request, and repeats it while another operation on the resource runs, for example one of MeshPort.</summary>
    private async Task<JsonObject> SendAsync(HttpMethod method, string id, JsonObject? body = null)
    {
        var (status, text) = await Wait.ForAsync(
            $"{method} {id} is not blocked by another operation",
            Walkthrough.Within,
            () => TryAsync(method, id, body),
            answer => !answer.Text.Contains("RetryableErrorDueToAnotherOperation", StringComparison.Ordinal),
            cancellationToken
        );
        var isGone = method == HttpMethod.Delete && status == HttpStatusCode.NotFound;
        Assert.True((int)status is >= 200 and < 300 || isGone, $"{method} {id}: {text}");
        return text.Length == 0 ? [] : JsonNode.Parse(text) as JsonObject ?? [];
    }

    private async Task<(HttpStatusCode Status, string Text)> TryAsync(HttpMethod method, string id, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(azure.ResourceManagerEndpoint, $"{id}?api-version={Version(id)}"));
        request.Headers.Authorization = new("Bearer", await TokenAsync());
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await _http.SendAsync(request, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task<string> TokenAsync()
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(azure.IdentityEndpoint, "?resource=https://management.azure.com/&api-version=2019-08-01")
        );
        request.Headers.Add("X-IDENTITY-HEADER", azure.IdentityHeader);
        using var answer = await _http.SendAsync(request, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))?["access_token"]?.GetValue<string>() ?? "";
    }

    private static string Version(string id) =>
        id.Contains("/providers/Microsoft.Features/", StringComparison.Ordinal) ? ApiVersions.Features
        : id.Split("/providers/") is [.., var provider] && id.Contains("/resourceGroups/", StringComparison.OrdinalIgnoreCase)
            ? provider.StartsWith("Microsoft.ContainerService", StringComparison.Ordinal) ? ApiVersions.ManagedClusters
                : provider.StartsWith("Microsoft.Authorization", StringComparison.Ordinal) ? ApiVersions.RoleAssignments
                : provider.StartsWith("Microsoft.EventGrid", StringComparison.Ordinal) ? "2025-02-15"
                : provider.StartsWith("Microsoft.Network", StringComparison.Ordinal) ? ApiVersions.Network
                : provider.StartsWith("Microsoft.ManagedIdentity", StringComparison.Ordinal) ? ApiVersions.Identities
                : provider.StartsWith("Microsoft.KeyVault", StringComparison.Ordinal) ? "2024-11-01"
                : "2022-09-01"
        : "2022-09-01";
}
