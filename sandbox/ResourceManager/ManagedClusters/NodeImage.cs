using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The newest image of an operating system for nodes. The versions belong to no real release.</summary>
/// <param name="OsSku">The <c>osSKU</c> of node pools.</param>
/// <param name="Os">The first part of the name, for example <c>AKSUbuntu</c>.</param>
/// <param name="System">The operating system as a node reports it.</param>
internal sealed record NodeImage(
    string OsSku,
    bool IsArm,
    string Os,
    string Sku,
    string Version,
    string System,
    string Kernel,
    string Runtime
)
{
    private const string Linux = "202604.13.0";

    public static IReadOnlyList<NodeImage> All { get; } =
    [
        Ubuntu("Ubuntu2204", false, "2204gen2containerd", "Ubuntu 22.04.5 LTS", "5.15.0-1102-azure"),
        Ubuntu("Ubuntu2204", true, "2204gen2arm64containerd", "Ubuntu 22.04.5 LTS", "5.15.0-1102-azure"),
        Ubuntu("Ubuntu2404", false, "2404gen2containerd", "Ubuntu 24.04.4 LTS", "6.8.0-1052-azure"),
        Ubuntu("Ubuntu2404", true, "2404gen2arm64containerd", "Ubuntu 24.04.4 LTS", "6.8.0-1052-azure"),
        AzureLinux(false, "V3gen2"),
        AzureLinux(true, "V3gen2arm64"),
        Windows("Windows2019", "2019-containerd", "17763.8644"),
        Windows("Windows2022", "2022-containerd", "20348.5020"),
        Windows("Windows2025", "2025-gen2", "26100.32690"),
    ];

    public bool IsWindows => Os == "AKSWindows";

    public string Name => $"{Os}-{Sku}-{Version}";

    /// <param name="osSku">Ubuntu, or null, is Ubuntu 22.04.</param>
    public static NodeImage Of(string? osSku, string vmSize)
    {
        var isArm = VmSizes.Exists(vmSize) && VmSizes.Of(vmSize).IsArm;
        var named = All.Where(image => string.Equals(image.OsSku, Generation(osSku), StringComparison.OrdinalIgnoreCase)).ToList();
        return named.Find(image => image.IsArm == isArm) ?? named.FirstOrDefault() ?? All[0];
    }

    /// <summary>As in the list of node images.</summary>
    public JsonObject Describe() =>
        new()
        {
            ["fullName"] = Name,
            ["os"] = Os,
            ["sku"] = Sku,
            ["version"] = Version,
        };

    private static string Generation(string? osSku) =>
        osSku?.ToUpperInvariant() switch
        {
            null or "UBUNTU" => "Ubuntu2204",
            "AZURELINUX3" or "CBLMARINER" or "AZURECONTAINERLINUX" => "AzureLinux",
            _ => osSku,
        };

    private static NodeImage Ubuntu(string osSku, bool isArm, string sku, string system, string kernel) =>
        new(osSku, isArm, "AKSUbuntu", sku, Linux, system, kernel, "containerd://1.7.30-1");

    private static NodeImage AzureLinux(bool isArm, string sku) =>
        new("AzureLinux", isArm, "AKSAzureLinux", sku, Linux, "Microsoft Azure Linux 3.0", "6.6.126.1-1.azl3", "containerd://2.0.0");

    private static NodeImage Windows(string osSku, string sku, string build) =>
        new(
            osSku,
            IsArm: false,
            "AKSWindows",
            sku,
            $"{build}.260415",
            $"Windows Server {osSku["Windows".Length..]} Datacenter",
            $"10.0.{build}",
            "containerd://1.7.30+azure"
        );
}
