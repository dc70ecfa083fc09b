using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.Control;

/// <summary>
/// <c>/sandbox/vaults/VAULT/certificates/NAME</c>: brings a certificate into a key vault. Clients of Azure use the vault's own API for it,
/// which the sandbox lacks.
/// </summary>
internal sealed class VaultRoutes(VaultCertificates certificates)
{
    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPut("/sandbox/vaults/{vault}/certificates/{name}", BringAsync);

    private async Task BringAsync(HttpContext http)
    {
        var body = await ControlAnswers.ReadAsync(http);
        var names = body["serverNames"] is JsonArray array ? array.Select(name => name?.ToString() ?? "").ToList() : [];
        if (
            names.Count == 0
            || names.Any(name => Uri.CheckHostName(name.Replace("*.", "a.", StringComparison.Ordinal)) != UriHostNameType.Dns)
        )
        {
            throw new InvalidControlException([new("serverNames", "Write the DNS names of the certificate.")]);
        }

        var version = certificates.Bring(new VaultCertificate(Route(http, "vault"), Route(http, "name"), names));
        await ControlAnswers.WriteAsync(http, 200, new JsonObject { ["version"] = version });
    }

    private static string Route(HttpContext http, string name) => http.GetRouteValue(name)?.ToString() ?? "";
}
