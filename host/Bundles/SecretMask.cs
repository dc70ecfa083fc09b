using System.Text;
using System.Text.RegularExpressions;

namespace MeshPort.Host.Bundles;

/// <summary>
/// Replaces in texts what the lists of <see cref="BundledFields"/> left out, because messages of Azure and Kubernetes quote fields. Also
/// replaces what looks like a credential.
/// </summary>
internal sealed partial class SecretMask
{
    /// <summary>A shorter text is a part of too many words.</summary>
    private const int Shortest = 4;
    private readonly SortedSet<string> _secrets = new(
        Comparer<string>.Create((one, other) => (-one.Length, one).CompareTo((-other.Length, other)))
    );

    public void Add(IEnumerable<string?> secrets)
    {
        foreach (var secret in secrets.OfType<string>().Where(text => text.Length >= Shortest && !text.All(char.IsAsciiDigit)))
        {
            _secrets.Add(secret);
            _secrets.Add(Uri.EscapeDataString(secret));
            _secrets.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
        }
    }

    public string Apply(string text)
    {
        foreach (var secret in _secrets) // the longest first
        {
            text = text.Replace(secret, FieldAllowList.LeftOut, StringComparison.Ordinal);
        }

        return OfCredentials(text);
    }

    /// <summary>Masks what looks like a credential.</summary>
    public static string OfCredentials(string text) =>
        Credential().Replace(text, match => match.Groups["name"].Value + FieldAllowList.LeftOut);

    /// <summary>
    /// A password in an address, keys in queries and connection strings, tokens (JWT), PEM blocks, and the header Authorization.
    /// </summary>
    [GeneratedRegex(
        @"(?<name>://)[^/\s@""']+(?=@)"
            + @"|(?<name>[?&](code|sig|key|token|password|secret|access_token)=)[^&\s""']+"
            + @"|(?<name>\b(AccountKey|SharedAccessSignature|SharedAccessKey|InstrumentationKey|Password|Pwd)=)[^;\s""']+"
            + @"|(?<name>\bBearer )[\w\-.~+/=]{8,}"
            + @"|(?<name>\bBasic )[\w+/]{16,}=*"
            + @"|\beyJ[\w\-]{8,}\.[\w\-.]+"
            + @"|-----BEGIN [\s\S]*?(-----END [A-Z ]+-----|\z)"
            + @"|\bLS0tLS1CRUdJTi[\w+/=]*",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Credential();
}
