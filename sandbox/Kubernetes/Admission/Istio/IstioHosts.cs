using System.Net;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>
/// istiod's validation of ports, host names and gateway names, with its messages (istio/istio, pkg/config/validation/agent).
/// </summary>
internal static partial class IstioHosts
{
    public static IEnumerable<string> Port(long number) =>
        number is >= 1 and <= 65535 ? [] : [$"port number {number} must be in the range 1..65535"];

    /// <summary>A name that may start with a wildcard label or consist of one.</summary>
    public static IEnumerable<string> Wildcard(string name)
    {
        if (name.Length is 0 or > 255)
        {
            return [name.Length == 0 ? "empty domain name not allowed" : $"domain name \"{name}\" too long (max 255)"];
        }

        return name == "*" ? [] : Labels(name, name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name);
    }

    public static IEnumerable<string> FullName(string name) => name.Length == 0 ? ["empty domain name not allowed"] : Labels(name, name);

    /// <summary>A host of a Gateway's server: a name with a dot, or <c>*</c>, with an optional namespace.</summary>
    public static IEnumerable<string> OfServer(string host)
    {
        var parts = host.Split('/', 2);
        if (parts.Length == 2 && parts.Any(part => part.Length == 0))
        {
            return ["config namespace and dnsName in host entry cannot be empty"];
        }

        var name = parts[^1];
        return IPAddress.TryParse(name, out _)
            ? []
            :
            [
                .. name != "*" && !name.Contains('.', StringComparison.Ordinal)
                    ? ["short names (non FQDN) are not allowed"]
                    : Array.Empty<string>(),
                .. Wildcard(name),
            ];
    }

    public static IEnumerable<string> Gateway(string name)
    {
        var parts = name.Split('/', 2);
        if (parts.Length == 1)
        {
            return FullName(name);
        }

        return
        [
            .. parts.Any(part => part.Length == 0) ? ["config namespace and gateway name cannot be empty"] : Array.Empty<string>(),
            .. Label().IsMatch(parts[0]) ? Array.Empty<string>() : [$"invalid value for namespace: \"{parts[0]}\""],
            .. Label().IsMatch(parts[1]) ? Array.Empty<string>() : [$"invalid value for gateway name: \"{parts[1]}\""],
        ];
    }

    /// <summary>Whether the first pattern covers every host that the second covers.</summary>
    public static bool Covers(string wide, string narrow) =>
        wide == "*"
        || string.Equals(wide, narrow, StringComparison.OrdinalIgnoreCase)
        || (wide.StartsWith("*.", StringComparison.Ordinal) && narrow.EndsWith(wide[1..], StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Labels(string whole, string name)
    {
        var labels = name.TrimEnd('.').Split('.');
        return labels.FirstOrDefault(label => !Label().IsMatch(label)) is { } bad
                ? [$"domain name \"{whole}\" invalid (label \"{bad}\" invalid)"]
            : labels[^1].All(char.IsAsciiDigit)
                ? [$"domain name \"{whole}\" invalid (top level domain \"{labels[^1]}\" cannot be all-numeric)"]
            : [];
    }

    [GeneratedRegex("^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$")]
    private static partial Regex Label();
}
