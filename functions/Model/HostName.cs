using System.Text.RegularExpressions;

namespace MeshPort.Model;

/// <summary>
/// Checks DNS names by the rules of Istio for hosts and SNI hosts (istio/istio, pkg/config/validation: DNS-1123 labels, a wildcard as the
/// whole first label).
/// </summary>
internal static partial class HostName
{
    public const int Longest = 255;
    private const string Wildcard = "*.";

    /// <summary>Whether a backend is a host name rather than a Service, whose name has no dots.</summary>
    public static bool IsHost(string backend) => backend.Contains('.', StringComparison.Ordinal);

    /// <summary>The error in the name of a server outside the cluster, or null.</summary>
    public static string? Refusal(string text) =>
        text.Length > Longest || !DomainRule().IsMatch(text)
            ? $"'{text}' is not a host name. "
                + "Write labels of up to 63 lower-case letters, digits and '-' with dots between them; addresses do not work."
        : text.EndsWith(".cluster.local", StringComparison.Ordinal) || text.EndsWith(".svc", StringComparison.Ordinal)
            ? $"'{text}' is a Service of the cluster. Write its name into 'service' and its namespace into 'namespace'."
        : null;

    /// <summary>The error in the name of a TLS server, which may begin with a wildcard, or null.</summary>
    public static string? SniRefusal(string text) =>
        text == "*" ? "'*' matches every host. List the hosts, or use protocol TCP."
        : text.Length <= Longest
        && DomainRule().IsMatch(text.StartsWith(Wildcard, StringComparison.Ordinal) ? text[Wildcard.Length..] : text)
            ? null
        : $"'{text}' is not a TLS server name. Write a name such as db.example.com, or *.example.com for all names below it.";

    /// <summary>The last label is not a number, so an IPv4 address does not match.</summary>
    [GeneratedRegex(@"^([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)*(?![0-9]+\z)[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex DomainRule();
}
