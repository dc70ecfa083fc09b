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

    /// <summary>White space, also as escapes of JSON.</summary>
    private const string Space = @"(?:\s|\\[nrt])+";
    private static readonly Comparer<string> LongestFirst = Comparer<string>.Create(
        (one, other) => one.Length != other.Length ? other.Length.CompareTo(one.Length) : string.CompareOrdinal(one, other)
    );
    private readonly SortedSet<string> _secrets = new(LongestFirst);

    /// <summary>Secrets of several words or lines. The log indents lines, and messages wrap or escape them.</summary>
    private readonly SortedDictionary<string, Regex> _spaced = new(LongestFirst);

    public void Add(IEnumerable<string?> secrets)
    {
        foreach (var secret in secrets.OfType<string>().Where(text => text.Trim().Length >= Shortest && !text.All(char.IsAsciiDigit)))
        {
            var words = secret.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1)
            {
                _spaced.TryAdd(secret, new Regex(string.Join(Space, words.Select(Regex.Escape)), RegexOptions.CultureInvariant));
            }

            _secrets.Add(secret.Trim());
            _secrets.Add(Uri.EscapeDataString(secret));
            _secrets.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
        }
    }

    public string Apply(string text)
    {
        foreach (var secret in _spaced.Values)
        {
            text = secret.Replace(text, FieldAllowList.LeftOut);
        }

        foreach (var secret in _secrets)
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
