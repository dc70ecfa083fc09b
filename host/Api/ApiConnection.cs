using Azure.Core;

namespace MeshPort.Host.Api;

/// <summary>The address of a MeshPort server, and the credentials for it.</summary>
/// <param name="Source">Where the address comes from, for error messages: <c>context 'prod'</c>.</param>
/// <param name="Key">The Functions key. Null sends none.</param>
/// <param name="CertificateAuthority">A PEM file to trust instead of the authorities of this machine. Null trusts those.</param>
internal sealed record ApiConnection(Uri Address, string Source, string? Key = null, string? CertificateAuthority = null)
{
    /// <summary>Whether a header can carry the key: visible ASCII characters.</summary>
    public static bool IsKey(string text) => text.All(character => character is > ' ' and <= '~');

    /// <summary>Gets Entra access tokens. Null sends none.</summary>
    public TokenCredential? Credential { get; init; }

    /// <summary>The scope of the tokens.</summary>
    public string Scope { get; init; } = "";
}
