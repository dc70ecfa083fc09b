using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Name rules and messages of k8s.io/apimachinery's validation package.</summary>
internal static partial class Names
{
    private const string Label =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private const string ServiceLabel =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with "
        + "an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    private const string Subdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    public static IEnumerable<Cause> OfObject(ResourceType type, string name)
    {
        if (name.Length == 0)
        {
            return [new Cause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name")];
        }

        return type.Group == ResourceCatalog.Role.Group || type == ResourceCatalog.ApiService || type == ResourceCatalog.CertificateRequest
                ? OfPathSegment(name)
            : type == ResourceCatalog.Service ? Check(name, "metadata.name", 63, Dns1035(), ServiceLabel)
            : type == ResourceCatalog.Namespace ? OfLabel(name, "metadata.name")
            : Check(name, "metadata.name", 253, Dns1123Subdomain(), Subdomain);
    }

    public static IEnumerable<Cause> OfLabel(string name, string field) => Check(name, field, 63, Dns1123(), Label);

    /// <summary>A key of a ConfigMap's or Secret's data.</summary>
    public static bool IsContentKey(string name) => name.Length is > 0 and <= 253 && ContentKey().IsMatch(name);

    /// <summary>Names of roles, bindings and APIServices may be any path segment: <c>v1.</c> is one.</summary>
    private static IEnumerable<Cause> OfPathSegment(string name) =>
        name is "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('%', StringComparison.Ordinal)
            ? [Cause.Invalid("metadata.name", $"\"{name}\"", "may not be '.' or '..' and may not contain '/' or '%'")]
            : [];

    private static IEnumerable<Cause> Check(string name, string field, int longest, Regex pattern, string message)
    {
        if (name.Length > longest)
        {
            yield return Cause.Invalid(field, $"\"{name}\"", $"must be no more than {longest} characters");
        }
        else if (!pattern.IsMatch(name))
        {
            yield return Cause.Invalid(field, $"\"{name}\"", message);
        }
    }

    [GeneratedRegex("^[-._a-zA-Z0-9]+$")]
    private static partial Regex ContentKey();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Dns1123();

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Dns1035();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Dns1123Subdomain();
}
