using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace MeshPort.Model;

/// <summary>
/// Identifies an AKS cluster. The comparison ignores case, as ARM does; <see cref="Key"/> is the form to store and index.
/// </summary>
public readonly partial record struct ClusterId(string SubscriptionId, string ResourceGroup, string Name)
{
    /// <summary>The patterns of the parts, as regular expressions of ECMA-262.</summary>
    internal const string SubscriptionPattern = $"{SubscriptionText}$";
    internal const string ResourceGroupPattern = $"{ResourceGroupText}$";
    internal const string NamePattern = $"{NameText}$";

    /// <summary>The same without an end. Tenants and groups of Entra have ids of the form of a subscription.</summary>
    internal const string SubscriptionText = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
    internal const string ResourceGroupText = @"^[A-Za-z0-9_\-().]{0,89}[A-Za-z0-9_\-()]";
    private const string NameText = @"^[A-Za-z0-9]([A-Za-z0-9_\-]{0,61}[A-Za-z0-9])?";

    [JsonIgnore]
    public string Key => $"{SubscriptionId}/{ResourceGroup}/{Name}".ToLowerInvariant();

    /// <summary>The path of the resource in MeshPort's API.</summary>
    [JsonIgnore]
    public string Path => $"/api/subscriptions/{SubscriptionId}/resourceGroups/{ResourceGroup}/clusters/{Name}";

    /// <summary>The instance id of the cluster's keeper: at most 85 characters, all allowed in storage keys.</summary>
    [JsonIgnore]
    public string KeeperId => $"keep-{Name.ToLowerInvariant()}-{ShortHash.Of(Key, 16)}";

    public override string ToString() => Key;

    /// <summary>Checks the parts by Azure's rules before they reach a URL.</summary>
    public static bool TryCreate(
        string subscriptionId,
        string resourceGroup,
        string name,
        out ClusterId id,
        out IReadOnlyList<FieldError> errors
    )
    {
        var found = new List<FieldError>();
        if (!SubscriptionRule().IsMatch(subscriptionId))
        {
            found.Add(
                new FieldError(
                    "/subscriptionId",
                    "InvalidValue",
                    $"'{subscriptionId}' is not a subscription id. Write a GUID such as 00000000-0000-0000-0000-000000000000."
                )
            );
        }

        if (!ResourceGroupRule().IsMatch(resourceGroup))
        {
            found.Add(
                new FieldError(
                    "/resourceGroup",
                    "InvalidValue",
                    $"'{resourceGroup}' is not a resource group name. "
                        + "Write 1 to 90 letters, digits, '-', '_', '.', '(' and ')', without '.' at the end."
                )
            );
        }

        if (!ClusterNameRule().IsMatch(name))
        {
            found.Add(
                new FieldError(
                    "/cluster",
                    "InvalidValue",
                    $"'{name}' is not a cluster name. Write 1 to 63 letters, digits, '-' and '_', with a letter or digit at both ends."
                )
            );
        }

        errors = found;
        id = found.Count == 0 ? new ClusterId(subscriptionId, resourceGroup, name) : default;
        return found.Count == 0;
    }

    /// <summary>The error in one part of an id, or null. The other parts count as valid.</summary>
    internal static string? Problem(string? subscriptionId = null, string? resourceGroup = null, string? name = null)
    {
        TryCreate(subscriptionId ?? Guid.Empty.ToString("D"), resourceGroup ?? "any", name ?? "any", out _, out var errors);
        return errors is [var error, ..] ? error.Detail : null;
    }

    public bool Equals(ClusterId other) => Key == other.Key;

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    [GeneratedRegex($@"{SubscriptionText}\z")]
    private static partial Regex SubscriptionRule();

    [GeneratedRegex($@"{ResourceGroupText}\z")]
    private static partial Regex ResourceGroupRule();

    [GeneratedRegex($@"{NameText}\z")]
    private static partial Regex ClusterNameRule();
}
