using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Checks the names, ids and versions in a cluster's spec. Each method returns the error, or null for a valid text.</summary>
internal static partial class ClusterNames
{
    public static string? ConnectionName(string text) =>
        ConnectionRule().IsMatch(text)
            ? null
            : $"'{text}' is not a connection. Write aks, or kubeconfig:NAME, where the host configures NAME (MeshPort:Kubeconfigs:NAME).";

    public static string? SubnetId(string text) =>
        SubnetIdRule().IsMatch(text)
            ? null
            : $"'{text}' is not the id of a subnet. "
                + "Write /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/virtualNetworks/.../subnets/... .";

    public static string? KubernetesName(string text) =>
        KubernetesNameRule().IsMatch(text)
            ? null
            : $"'{text}' is not a Kubernetes name. Write 1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends.";

    public static string? LabelName(string text) =>
        LabelNameRule().IsMatch(text) ? null : $"'{text}' is not a label name. Write a name such as istio or app.kubernetes.io/name.";

    public static string? LabelValue(string text) =>
        LabelValueRule().IsMatch(text)
            ? null
            : $"'{text}' is not a label value. Write up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends.";

    public static string? Location(string text) =>
        LocationRule().IsMatch(text) ? null : $"'{text}' is not an Azure location. Write its short name, such as eastus2.";

    public static string? Version(string text) =>
        VersionRule().IsMatch(text) ? null : $"'{text}' is not a Kubernetes version. Write 1.34 or 1.34.2.";

    public static string? Revision(string text) =>
        RevisionRule().IsMatch(text) ? null : $"'{text}' is not a mesh revision. Write a revision such as asm-1-30.";

    public static string? FeatureName(string text) =>
        NameRule().IsMatch(text) ? null : $"'{text}' is not a feature name. Write letters, digits, '-', '_' and '.'.";

    public static string? ProviderNamespace(string text) =>
        text.Length <= 100 && ProviderRule().IsMatch(text)
            ? null
            : $"'{text}' is not the namespace of a resource provider. Write a namespace such as {FeatureSpec.DefaultNamespace}.";

    public static string? ResourceName(string text) =>
        NameRule().IsMatch(text)
            ? null
            : $"'{text}' is not a network resource name. Write 1 to 80 letters, digits, '-', '_' and '.', with a letter or digit first.";

    public static string? PoolName(string text) =>
        PoolRule().IsMatch(text)
            ? null
            : $"'{text}' is not a Linux node pool name. Write 1 to 12 lower-case letters and digits, with a letter first.";

    public static string? VmSize(string text) =>
        VmSizeRule().IsMatch(text) ? null : $"'{text}' is not a VM size. Write its full name, such as Standard_D2s_v5.";

    public static string? Prefix(string text) =>
        AddressPrefix.TryParse(text, out _)
            ? null
            : $"'{text}' is not an IPv4 prefix without host bits. Write a prefix in CIDR form, such as 10.13.0.0/16.";

    [GeneratedRegex(@"^[a-z][a-z0-9]{1,40}\z")]
    private static partial Regex LocationRule();

    [GeneratedRegex(@"^1\.[0-9]{1,2}(\.[0-9]{1,2})?\z")]
    private static partial Regex VersionRule();

    [GeneratedRegex(@"^asm-[0-9]{1,2}-[0-9]{1,3}\z")]
    private static partial Regex RevisionRule();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,78}[A-Za-z0-9_]?\z")]
    private static partial Regex NameRule();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+\z")]
    private static partial Regex ProviderRule();

    [GeneratedRegex(@"^[a-z][a-z0-9]{0,11}\z")]
    private static partial Regex PoolRule();

    [GeneratedRegex(@"^(Standard|Basic)_[A-Za-z0-9_\-]{1,60}\z")]
    private static partial Regex VmSizeRule();

    [GeneratedRegex(@"^(aks|kubeconfig:[A-Za-z0-9][A-Za-z0-9\-]{0,39})\z")]
    private static partial Regex ConnectionRule();

    [GeneratedRegex(
        @"^/subscriptions/[0-9a-fA-F\-]{36}/resourceGroups/[^/<>%&\\?]{1,90}"
            + @"/providers/Microsoft\.Network/virtualNetworks/[^/<>%&\\?]{1,80}/subnets/[^/<>%&\\?]{1,80}\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SubnetIdRule();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex KubernetesNameRule();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValueRule();

    [GeneratedRegex(@"^([a-z0-9]([a-z0-9.\-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex LabelNameRule();
}
