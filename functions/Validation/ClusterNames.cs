using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Checks the names, ids and versions in a cluster's spec.</summary>
internal static partial class ClusterNames
{
    public static readonly TextRule ConnectionName = TextRule.Of(
        ConnectionRule(),
        text => $"'{text}' is not a connection. Write aks, or kubeconfig:NAME, where the host configures NAME (MeshPort:Kubeconfigs:NAME)."
    );

    public static readonly TextRule SubnetId = TextRule.Of(
        SubnetIdRule(),
        text =>
            $"'{text}' is not the id of a subnet. "
            + "Write /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/virtualNetworks/.../subnets/... ."
    );

    public static readonly TextRule Identity = TextRule.Of(
        IdentityRule(),
        text =>
            $"'{text}' is not an identity. Write {ClusterSpec.SystemIdentity}, or the ARM id of a user-assigned identity: "
            + "/subscriptions/.../resourceGroups/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/... ."
    );

    public static readonly TextRule ObjectId = TextRule.Of(
        ObjectIdRule(),
        text => $"'{text}' is not an object id. Write the GUID of the group from Entra."
    );

    public static readonly TextRule KubernetesName = TextRule.Of(
        KubernetesNameRule(),
        text => $"'{text}' is not a Kubernetes name. Write 1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends."
    );

    public static readonly TextRule LabelName = TextRule.Of(
        LabelNameRule(),
        text => $"'{text}' is not a label name. Write a name such as istio or app.kubernetes.io/name."
    );

    public static readonly TextRule LabelValue = TextRule.Of(
        LabelValueRule(),
        text => $"'{text}' is not a label value. Write up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends."
    );

    /// <summary>AKS reserves the labels of Kubernetes and its own.</summary>
    public static readonly TextRule NodeLabel = new(text =>
        text.StartsWith("kubernetes.io/", StringComparison.Ordinal) || text.StartsWith("kubernetes.azure.com/", StringComparison.Ordinal)
            ? $"'{text}' is a label that AKS reserves. Write another name."
            : LabelName.Problem(text)
    )
    {
        Pattern = LabelName.Pattern,
    };

    public static readonly TextRule Taint = TextRule.Of(
        TaintRule(),
        text => $"'{text}' is not a taint. Write key=value:Effect, where the effect is NoSchedule, PreferNoSchedule or NoExecute."
    );

    public static readonly TextRule Location = TextRule.Of(
        LocationRule(),
        text => $"'{text}' is not an Azure location. Write its short name, such as eastus2."
    );

    public static readonly TextRule Zone = TextRule.Of(
        ZoneRule(),
        text => $"'{text}' is not an availability zone. Write \"1\", \"2\" or \"3\"."
    );

    public static readonly TextRule Version = TextRule.Of(
        VersionRule(),
        text => $"'{text}' is not a Kubernetes version. Write 1.34 or 1.34.2."
    );

    public static readonly TextRule Revision = TextRule.Of(
        RevisionRule(),
        text => $"'{text}' is not a mesh revision. Write a revision such as asm-1-30."
    );

    public static readonly TextRule FeatureName = TextRule.Of(
        NameRule(),
        text => $"'{text}' is not a feature name. Write letters, digits, '-', '_' and '.'."
    );

    public static readonly TextRule ProviderNamespace = TextRule.Of(
        ProviderRule(),
        text => $"'{text}' is not the namespace of a resource provider. Write a namespace such as {FeatureSpec.DefaultNamespace}.",
        longest: 100
    );

    public static readonly TextRule ResourceName = TextRule.Of(
        NameRule(),
        text => $"'{text}' is not a network resource name. Write 1 to 80 letters, digits, '-', '_' and '.', with a letter or digit first."
    );

    public static readonly TextRule PoolName = TextRule.Of(
        PoolRule(),
        text => $"'{text}' is not a Linux node pool name. Write 1 to 12 lower-case letters and digits, with a letter first."
    );

    public static readonly TextRule VmSize = TextRule.Of(
        VmSizeRule(),
        text => $"'{text}' is not a VM size. Write its full name, such as Standard_D2s_v5."
    );

    public static readonly TextRule Prefix = new(text =>
        AddressPrefix.TryParse(text, out _)
            ? null
            : $"'{text}' is not an IPv4 prefix without host bits. Write a prefix in CIDR form, such as 10.13.0.0/16."
    )
    {
        Pattern = @"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$",
    };

    [GeneratedRegex(
        @"^([a-z0-9]([a-z0-9.\-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?"
            + @"(=([A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?)?)?:(NoSchedule|PreferNoSchedule|NoExecute)\z"
    )]
    private static partial Regex TaintRule();

    [GeneratedRegex(@"^[1-9]\z")]
    private static partial Regex ZoneRule();

    [GeneratedRegex(ClusterId.SubscriptionText + @"\z")]
    private static partial Regex ObjectIdRule();

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

    [GeneratedRegex(
        @"^(system|/subscriptions/[0-9a-fA-F\-]{36}/resource[Gg]roups/[^/<>%&\\?]{1,90}"
            + @"/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[A-Za-z0-9][A-Za-z0-9_\-]{2,127})\z"
    )]
    private static partial Regex IdentityRule();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex KubernetesNameRule();

    [GeneratedRegex(@"^([A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValueRule();

    [GeneratedRegex(@"^([a-z0-9]([a-z0-9.\-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex LabelNameRule();
}
