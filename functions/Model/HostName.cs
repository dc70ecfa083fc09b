using System.Text.RegularExpressions;

namespace MeshPort.Model;

/// <summary>DNS names as Istio takes them in hosts and SNI hosts (istio/istio, pkg/config/validation: domains of DNS-1123 labels, a wildcard as the whole first label).</summary>
internal static partial class HostName
{
    private const int Longest = 255;
    private const string Wildcard = "*.";

    /// <summary>Whether a backend is named by its host rather than as a Service: Services' names have no dots.</summary>
    public static bool IsHost(string backend) => backend.Contains('.', StringComparison.Ordinal);

    /// <summary>What is wrong with the name of a server outside the cluster, or null.</summary>
    public static string? Refusal(string text) =>
        text.Length > Longest || !DomainRule().IsMatch(text)
            ? $"'{text}' is not a host name: lower-case labels of up to 63 letters, digits and '-' with dots between them, 255 characters at most; an address is none."
        : text.EndsWith(".cluster.local", StringComparison.Ordinal) || text.EndsWith(".svc", StringComparison.Ordinal)
            ? $"'{text}' is a Service of the cluster; write its name in 'service' and its namespace in 'namespace'."
        : null;

    /// <summary>What is wrong with the name of a TLS server, which may begin with a wildcard, or null.</summary>
    public static string? SniRefusal(string text) =>
        text == "*" ? "'*' is every host; write the hosts, or expose the port with protocol TCP."
        : text.Length <= Longest
        && DomainRule().IsMatch(text.StartsWith(Wildcard, StringComparison.Ordinal) ? text[Wildcard.Length..] : text)
            ? null
        : $"'{text}' is not a TLS server name; write it as db.example.com, or *.example.com for all names below.";

    /// <summary>The last label is not a number, which leaves addresses out.</summary>
    [GeneratedRegex(@"^([a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\.)*(?![0-9]+\z)[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex DomainRule();
}
