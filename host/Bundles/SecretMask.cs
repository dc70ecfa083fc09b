using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace MeshPort.Host.Bundles;

/// <summary>
/// Replaces in texts what the lists of <see cref="BundledFields"/> left out, because messages of Azure and Kubernetes quote fields. Also
/// replaces what looks like a credential.
/// </summary>
internal sealed partial class SecretMask
{
    /// <summary>A shorter text is a common word.</summary>
    private const int Shortest = 4;

    /// <summary>A shorter text is a part of other words, so that only whole words are masked.</summary>
    private const int ShortestPart = 8;

    /// <summary>A shorter number is a port or an amount.</summary>
    private const int ShortestNumber = 6;

    /// <summary>White space, also as escapes of JSON.</summary>
    private const string Space = @"(?:\s|\\[nrt])+";

    /// <summary>A word as it is, as Go and JSON quote it, as Go writes it in JSON, and as .NET does.</summary>
    private static readonly Func<string, string>[] Quotes =
    [
        word => word,
        word => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(word),
        word => Html(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(word)),
        word => JavaScriptEncoder.Default.Encode(word),
    ];

    /// <summary>
    /// The longest first, since a short one may be a part of it. With a pattern: short secrets, and those of several words or lines, which
    /// the log indents and messages wrap or escape.
    /// </summary>
    private readonly SortedDictionary<string, Regex?> _secrets = new(
        Comparer<string>.Create(
            (one, other) => one.Length != other.Length ? other.Length.CompareTo(one.Length) : string.CompareOrdinal(one, other)
        )
    );

    public void Add(IEnumerable<string?> secrets)
    {
        foreach (var secret in secrets.OfType<string>().Where(IsSecret))
        {
            var words = secret.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            foreach (var quote in Quotes)
            {
                AddWords([.. words.Select(quote)]);
            }

            if (Uri.EscapeDataString(secret) is var escaped && escaped != secret)
            {
                _secrets.TryAdd(escaped, null);
            }

            _secrets.TryAdd(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), null);
        }
    }

    public string Apply(string text)
    {
        foreach (var (secret, pattern) in _secrets)
        {
            text = pattern?.Replace(text, FieldAllowList.LeftOut) ?? text.Replace(secret, FieldAllowList.LeftOut, StringComparison.Ordinal);
        }

        return OfCredentials(text);
    }

    private void AddWords(string[] words)
    {
        if (words.Length > 1)
        {
            AddPattern(string.Join(' ', words), string.Join(Space, words.Select(Regex.Escape)));
        }
        else if (words[0].Length < ShortestPart)
        {
            AddPattern(words[0], $@"(?<!\w){Regex.Escape(words[0])}(?!\w)");
        }
        else
        {
            _secrets.TryAdd(words[0], null);
        }
    }

    /// <summary>Go, in JSON, replaces three more characters (encoding/json, HTMLEscape).</summary>
    private static string Html(string text) =>
        text.Replace("<", @"\u003c", StringComparison.Ordinal)
            .Replace(">", @"\u003e", StringComparison.Ordinal)
            .Replace("&", @"\u0026", StringComparison.Ordinal);

    private static bool IsSecret(string text) =>
        text.Trim() is var bare && bare.Length >= (bare.All(char.IsAsciiDigit) ? ShortestNumber : Shortest);

    private void AddPattern(string secret, string pattern)
    {
        if (!_secrets.ContainsKey(secret))
        {
            _secrets.Add(secret, new Regex(pattern, RegexOptions.CultureInvariant));
        }
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
