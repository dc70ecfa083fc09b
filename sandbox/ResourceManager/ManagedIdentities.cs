using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The identities of a resource. Resource Manager creates the system-assigned one and resolves the others before the provider sees the
/// request. The same resource always has the same identity.
/// </summary>
internal static class ManagedIdentities
{
    public static void Complete(ArmPath path, JsonObject body)
    {
        if (path.Provider != ResourceTypes.ContainerService || body.Object("identity") is not { } identity)
        {
            return;
        }

        if (identity.Text("type")?.Contains("SystemAssigned", StringComparison.OrdinalIgnoreCase) == true)
        {
            identity["principalId"] = IdOf(path.Scope, "principal");
            identity["tenantId"] = Application.TenantId;
        }

        if (
            identity.Text("type")?.Contains("UserAssigned", StringComparison.OrdinalIgnoreCase) == true
            && identity.Object("userAssignedIdentities") is null or { Count: 0 }
        )
        {
            throw new ArmException(
                400,
                "MissingIdentityIds",
                "The identity ids must not be null or empty for 'UserAssigned' identity type."
            );
        }

        foreach (var (id, assigned) in identity.Object("userAssignedIdentities") ?? [])
        {
            if (assigned is JsonObject known)
            {
                known["clientId"] = IdOf(id, "client");
                known["principalId"] = IdOf(id, "principal");
            }
        }
    }

    /// <param name="kind"><c>client</c> or <c>principal</c>.</param>
    public static string IdOf(string resource, string kind) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{resource.ToUpperInvariant()}/{kind}")).AsSpan(0, 16)).ToString();
}
