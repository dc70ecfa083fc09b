using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// The claims of a caller's token in an event. They let a receiver recognize its own writes by <c>appid</c> and object identifier.
/// </summary>
internal static class CallerClaims
{
    public const string ObjectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";

    /// <param name="token">A validated JSON Web Token.</param>
    public static JsonObject Of(string token)
    {
        var payload = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1])) as JsonObject ?? [];
        string Text(string claim, string otherwise = "") => payload[claim]?.ToString() ?? otherwise;
        var digest = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
        return new JsonObject
        {
            ["aud"] = Text("aud"),
            ["iss"] = Text("iss"),
            ["iat"] = Text("iat"),
            ["nbf"] = Text("nbf"),
            ["exp"] = Text("exp"),
            ["aio"] = digest,
            ["appid"] = Text("appid", Application.ClientId),
            ["appidacr"] = Text("appidacr", "1"),
            ["http://schemas.microsoft.com/identity/claims/identityprovider"] = Text("idp", Text("iss")),
            [ObjectId] = Text("oid"),
            ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"] = Text("sub", Text("oid")),
            ["http://schemas.microsoft.com/identity/claims/tenantid"] = Text("tid", Application.TenantId),
            ["uti"] = Text("uti", digest[..22]),
            ["ver"] = Text("ver", "1.0"),
        };
    }
}
