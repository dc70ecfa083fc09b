using MeshPort.Sandbox.Controllers.SecretsStore;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.ResourceManager.KeyVault;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Clusters;

/// <summary>
/// Key vaults as the secrets provider of a cluster reads them. The words of refusals are those of public reports
/// (github.com/Azure/secrets-store-csi-driver-provider-azure, issues 945, 1063 and 1328), in the form of the Azure SDK for Go.
/// </summary>
internal sealed class Vaults(
    VaultCertificates certificates,
    ResourceStore resources,
    RoleAssignmentStore assignments,
    Func<ClusterShape> shape
) : IVaults
{
    /// <summary>The provider asks a name that does not resolve until its time is over.</summary>
    private const string Unreachable = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";

    private static readonly string Line = new('-', 80);

    public (VaultContent? Content, string Error) Read(string clientId, string vault, VaultObject wanted)
    {
        if (VaultApi.Find(resources, vault) is not { } found || !shape().HasEgress)
        {
            return (null, Unreachable);
        }

        if (shape().SecretsProvider is not { } provider || !string.Equals(provider.ClientId, clientId, StringComparison.OrdinalIgnoreCase))
        {
            return (
                null,
                "ManagedIdentityCredential authentication failed. the requested identity isn't assigned to this resource"
                    + Body(
                        "GET http://169.254.169.254/metadata/identity/oauth2/token",
                        400,
                        "Bad Request",
                        "invalid_request",
                        "Identity not found"
                    )
            );
        }

        var (part, action) = wanted.Type switch
        {
            "secret" => ("secrets", "Microsoft.KeyVault/vaults/secrets/getSecret/action"),
            "cert" => ("certificates", "Microsoft.KeyVault/vaults/certificates/read"),
            _ => ("", ""),
        };
        if (part.Length == 0)
        {
            return (null, $"the sandbox has no objects of type '{wanted.Type}'");
        }

        var (id, request) = (
            $"{found.Text("id")}/{part}/{wanted.Name}",
            $"GET {found.Text("properties", "vaultUri")}{part}/{wanted.Name}/{wanted.Version}"
        );
        if (!assignments.AllowsData(provider.ObjectId, action, id))
        {
            return (
                null,
                Body(
                    request,
                    403,
                    "Forbidden",
                    "Forbidden",
                    "Caller is not authorized to perform action on resource.\\r\\nIf role assignments, deny assignments or role "
                        + "definitions were changed recently, please observe propagation time.\\r\\nCaller: "
                        + $"appid={provider.ClientId};oid={provider.ObjectId};iss=https://sts.windows.net/{Application.TenantId}/\\r\\n"
                        + $"Action: '{action}'\\r\\nResource: '{id.ToLowerInvariant()}'\\r\\nAssignment: (not found)\\r\\n"
                        + $"DenyAssignmentId: null\\r\\nDecisionReason: null \\r\\nVault: {vault};location={found.Text("location")}\\r\\n",
                    "ForbiddenByRbac"
                )
            );
        }

        return certificates.Find(vault, wanted.Name, wanted.Version) is { } content
            ? (content, "")
            : (
                null,
                Body(
                    request,
                    404,
                    "Not Found",
                    part == "secrets" ? "SecretNotFound" : "CertificateNotFound",
                    $"A {part[..^1]} with (name/id) {wanted.Name}{(wanted.Version.Length > 0 ? $"/{wanted.Version}" : "")} was not found "
                        + "in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery "
                        + "command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
                )
            );
    }

    public VaultContent? Find(string vault, string name, string version) => certificates.Find(vault, name, version);

    /// <summary>An error as the Azure SDK for Go prints it.</summary>
    private static string Body(string request, int status, string phrase, string code, string message, string? inner = null) =>
        $$"""
            {{request}}
            {{Line}}
            RESPONSE {{status}}: {{status}} {{phrase}}
            ERROR CODE: {{code}}
            {{Line}}
            {
              "error": {
                "code": "{{code}}",
                "message": "{{message}}"{{(inner is null ? "" : $",\n    \"innererror\": {{\n      \"code\": \"{inner}\"\n    }}")}}
              }
            }
            {{Line}}

            """;
}
