using System.Net;
using System.Text.Json.Nodes;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>What the official client really sends, where it writes the body itself.</summary>
internal static class SentBody
{
    /// <returns>The api-version and the body of the one request.</returns>
    public static async Task<(string? ApiVersion, JsonObject Body)> OfAsync(Func<ArmClient, Task> send)
    {
        using var wire = new Wire();
        await send(new ArmClient(new NoCredential(), default, new ArmClientOptions { Transport = new HttpClientTransport(wire) }));
        return (HttpUtility.ParseQueryString(wire.Address?.Query ?? "")["api-version"], JsonNode.Parse(wire.Sent)?.AsObject() ?? []);
    }

    private sealed class Wire : HttpMessageHandler
    {
        public Uri? Address { get; private set; }

        public string Sent { get; private set; } = "";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Address = request.RequestUri;
            Sent = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var answer = JsonNode.Parse(Sent)?.AsObject() ?? [];
            answer["id"] = Address?.AbsolutePath; // as Azure answers
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer.ToJsonString()) };
        }
    }

    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("none", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
