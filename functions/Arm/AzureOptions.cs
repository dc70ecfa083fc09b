using Microsoft.Extensions.Configuration;

namespace MeshPort.Arm;

/// <summary>
/// The Azure cloud and the identity that MeshPort uses: the configuration section <c>MeshPort:Azure</c>. Empty means public Azure and
/// <c>DefaultAzureCredential</c>.
/// </summary>
public sealed record AzureOptions
{
    public const string Section = "MeshPort:Azure";

    public Uri? ResourceManagerEndpoint { get; init; }

    /// <summary>The audience of Azure Resource Manager's tokens.</summary>
    public string? ResourceManagerAudience { get; init; }

    /// <summary>The Entra authority, for national clouds and the sandbox.</summary>
    public Uri? AuthorityHost { get; init; }

    /// <summary>PEM of a private certificate authority to trust instead of the machine's.</summary>
    public string? CertificateAuthority { get; init; }

    public string? TenantId { get; init; }

    /// <summary>An application with <see cref="ClientSecret"/>, or a user-assigned managed identity without one.</summary>
    public string? ClientId { get; init; }

    public string? ClientSecret { get; init; }

    public static AzureOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        return new AzureOptions
        {
            ResourceManagerEndpoint = Address(section, nameof(ResourceManagerEndpoint)),
            ResourceManagerAudience = Text(section, nameof(ResourceManagerAudience)),
            AuthorityHost = Address(section, nameof(AuthorityHost)),
            CertificateAuthority = Text(section, nameof(CertificateAuthority)),
            TenantId = Text(section, nameof(TenantId)),
            ClientId = Text(section, nameof(ClientId)),
            ClientSecret = Text(section, nameof(ClientSecret)),
        };
    }

    /// <summary>A setting that is there and empty is as good as absent.</summary>
    private static string? Text(IConfigurationSection section, string name) => section[name] is { Length: > 0 } text ? text : null;

    private static Uri? Address(IConfigurationSection section, string name) =>
        Text(section, name) switch
        {
            null => null,
            var text when Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps => address,
            var text => throw new InvalidOperationException(
                $"The setting {section.Path}:{name} is '{text}'; write an absolute https address."
            ),
        };
}
