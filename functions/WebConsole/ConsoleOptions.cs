using System.Globalization;
using MeshPort.Access;
using Microsoft.Extensions.Configuration;

namespace MeshPort.WebConsole;

/// <summary>
/// How the console signs people in with Entra: the configuration section <c>MeshPort:Console</c>. Without a client id, the console asks for
/// the Functions key only.
/// </summary>
/// <param name="ClientId">The application of the console in Entra: a public client with a redirect URI of type SPA.</param>
/// <param name="Scope">The scope of the access tokens.</param>
/// <param name="Authority">The address of the tenant, with a slash at its end.</param>
internal sealed record ConsoleOptions(string? ClientId, string? Scope, Uri Authority)
{
    public const string Section = "MeshPort:Console";

    public bool HasEntra => ClientId is not null;

    /// <exception cref="InvalidOperationException">A setting is invalid; the message names it.</exception>
    public static ConsoleOptions From(IConfiguration configuration, AccessOptions access)
    {
        var section = configuration.GetSection(Section);
        var client = Text(section, nameof(ClientId));
        if (client is not null && !Guid.TryParse(client, out _))
        {
            throw new InvalidOperationException(
                $"The setting {Section}:{nameof(ClientId)} is '{client}'. Set it to the application id of the console in Entra."
            );
        }

        if (client is not null && access.Audiences.Count == 0)
        {
            throw new InvalidOperationException(
                $"The setting {Section}:{nameof(ClientId)} has no effect without {AccessOptions.Section}:Audience. "
                    + "Set that to the application id of MeshPort's API, or remove the client id."
            );
        }

        return new ConsoleOptions(
            client,
            Text(section, nameof(Scope)) ?? (client is null ? null : DefaultScope(access.Audiences[0])),
            new Uri(access.Authority, string.Create(CultureInfo.InvariantCulture, $"{access.TenantId}/"))
        );
    }

    /// <summary>All permissions that the console's application has (Microsoft identity platform, "The .default scope").</summary>
    private static string DefaultScope(string audience) =>
        Guid.TryParse(audience, out _) ? $"api://{audience}/.default" : $"{audience.TrimEnd('/')}/.default";

    private static string? Text(IConfigurationSection section, string name) => section[name] is { Length: > 0 } text ? text : null;
}
