using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Entra;

/// <summary>
/// The endpoints of this cloud, from which clients configure themselves: <c>az cloud register --endpoint-resource-manager</c> (api-version
/// 2015-01-01), <c>ARM_CLOUD_METADATA_URL</c> of Azure CLI (2019-05-01, 2020-06-01), Terraform (2022-09-01). Needs no token.
/// </summary>
internal static class CloudMetadata
{
    /// <summary>
    /// A client of MSAL asks the public cloud about a host that it does not know, unless the authority's path begins with this segment
    /// (https://github.com/AzureAD/microsoft-authentication-library-for-python, authority.py).
    /// </summary>
    public const string TrustedPath = "/adfs/entra";

    private const string Path = "/metadata/endpoints";

    // Its first audience is the one that Azure CLI requests tokens for.
    private static readonly string[] Audiences = ["https://management.core.windows.net/", $"{SandboxTokens.ResourceManagerAudience}/"];

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(
            Path,
            http =>
            {
                var host = $"{http.Request.Scheme}://{http.Request.Host}/";
                JsonNode? answer = http.Request.Query["api-version"].ToString() switch
                {
                    "2015-01-01" => Oldest(host),
                    "2019-05-01" or "2020-06-01" => new JsonArray(Cloud(host)),
                    "2022-09-01" => Cloud(host),
                    _ => null,
                };
                http.Response.StatusCode = answer is null ? 400 : 200;
                return http.Response.WriteAsJsonAsync(answer ?? Unknown(), http.RequestAborted);
            }
        );

    private static JsonObject Oldest(string host) =>
        new()
        {
            ["galleryEndpoint"] = host,
            ["graphEndpoint"] = "https://graph.windows.net/",
            ["portalEndpoint"] = host,
            ["authentication"] = new JsonObject
            {
                ["loginEndpoint"] = host.TrimEnd('/') + TrustedPath,
                ["audiences"] = new JsonArray([.. Audiences.Select(audience => (JsonNode)audience)]),
            },
        };

    /// <summary>Only the endpoints that this cloud has.</summary>
    private static JsonObject Cloud(string host) =>
        new()
        {
            ["name"] = "MeshPortSandbox",
            ["portal"] = host,
            ["authentication"] = new JsonObject
            {
                ["loginEndpoint"] = host,
                ["audiences"] = new JsonArray([.. Audiences.Select(audience => (JsonNode)audience)]),
                ["tenant"] = "common",
                ["identityProvider"] = "AAD",
            },
            ["graph"] = "https://graph.windows.net/",
            ["graphAudience"] = "https://graph.windows.net/",
            ["microsoftGraphResourceId"] = "https://graph.microsoft.com/",
            ["resourceManager"] = host,
            ["suffixes"] = new JsonObject(),
        };

    private static JsonObject Unknown() =>
        new()
        {
            ["error"] = new JsonObject
            {
                ["code"] = "InvalidApiVersionParameter",
                ["message"] =
                    "The api-version of /metadata/endpoints is missing or invalid. The supported versions are "
                    + "'2022-09-01,2020-06-01,2019-05-01,2015-01-01'.",
            },
        };
}
