using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>
/// The credential of an identity-based connection, by the settings of the official host. <c>{Connection}__credential</c>=managedidentity
/// uses the system-assigned identity, or the user-assigned one of <c>__clientId</c>. <c>__tenantId</c>, <c>__clientId</c> and
/// <c>__clientSecret</c> use a service principal. Without these settings, the application's own credential is used.
/// </summary>
internal static class QueueCredentials
{
    private const string ManagedIdentity = "managedidentity";

    /// <param name="connection">The section of the connection.</param>
    /// <param name="own">The application's credential. Null when it has none.</param>
    /// <exception cref="InvalidOperationException">The settings are invalid, or no credential is available.</exception>
    public static TokenCredential Of(IConfigurationSection connection, TokenCredential? own)
    {
        if (connection["credential"] is { Length: > 0 } kind)
        {
            return !kind.Equals(ManagedIdentity, StringComparison.OrdinalIgnoreCase)
                ? throw new InvalidOperationException(
                    $"The connection {connection.Key} has the credential '{kind}'; it must be {ManagedIdentity}, or left out."
                )
                : new ManagedIdentityCredential(
                    connection["clientId"] is { Length: > 0 } user
                        ? ManagedIdentityId.FromUserAssignedClientId(user)
                        : ManagedIdentityId.SystemAssigned
                );
        }

        return (connection["tenantId"], connection["clientId"], connection["clientSecret"]) switch
        {
            ({ Length: > 0 } tenant, { Length: > 0 } client, { Length: > 0 } secret) => new ClientSecretCredential(tenant, client, secret),
            (_, { Length: > 0 }, _) => throw new InvalidOperationException(
                $"The connection {connection.Key} has a clientId; it needs credential={ManagedIdentity} too, or tenantId and clientSecret."
            ),
            _ => own
                ?? throw new InvalidOperationException(
                    $"the connection {connection.Key} is identity-based, and the application has no TokenCredential."
                ),
        };
    }
}
