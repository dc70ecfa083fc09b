using Xunit;

namespace MeshPort.Sandbox.Tests.AzureCli;

/// <summary>Azure CLI itself, where it is installed (Debian's package azure-cli).</summary>
public sealed class AzureCliTests : IDisposable
{
    private const string Group = "istiotest";
    private const string Cluster = "istiotest";
    private readonly TestDirectory _directory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_commands_of_the_walk_through_work_word_for_word()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 6000 }, Cancel);
        var az = new AzureCliProgram(_directory.Path, sandbox.CertificateAuthorityPem);
        Assert.SkipUnless(await az.IsInstalledAsync(Cancel), "Azure CLI is not installed (apt-get install azure-cli)");

        await az.RunAsync($"cloud register --name sandbox --endpoint-resource-manager {sandbox.ResourceManagerEndpoint}", Cancel);
        await az.RunAsync("cloud set --name sandbox", Cancel);
        await az.RunAsync(
            $"login --service-principal -u {sandbox.ClientId} -p {sandbox.ClientSecret} -t {sandbox.TenantId} -o none",
            Cancel
        );
        await az.RunAsync($"group create -n {Group} -l eastus2 -o none", Cancel);
        await az.RunAsync(
            $"network vnet create -g {Group} -n aksVnet --address-prefix 10.13.0.0/16 --subnet-name aks --subnet-prefix 10.13.76.0/24 "
                + "-o none",
            Cancel
        );
        var subnet = await az.RunAsync($"network vnet subnet show -n aks --vnet-name aksVnet -g {Group} --query id -o tsv", Cancel);
        await az.RunAsync(
            $"aks create -g {Group} -n {Cluster} -l eastus2 -c 1 -s Standard_B2ms --network-plugin kubenet --vnet-subnet-id {subnet} "
                + "--no-ssh-key --yes --no-wait -o none",
            Cancel
        );
        await SucceedAsync(az);
        await az.RunAsync("feature register --name AzureServiceMeshPreview --namespace microsoft.containerservice -o none", Cancel);
        await Wait.UntilAsync(
            "the feature is registered",
            TimeSpan.FromMinutes(1),
            async () => await az.RunAsync(FeatureState, Cancel) == "Registered",
            Cancel
        );
        await az.RunAsync("provider register --namespace Microsoft.ContainerService -o none", Cancel);
        await az.RunAsync($"aks update -g {Group} -n {Cluster} --tags a=b --no-wait -o none", Cancel);
        await SucceedAsync(az);
        Assert.Equal("b", await az.RunAsync($"aks show -g {Group} -n {Cluster} --query tags.a -o tsv", Cancel));
        var kubeconfig = Path.Combine(_directory.Path, "kubeconfig");
        await az.RunAsync($"aks get-credentials -g {Group} -n {Cluster} --file {kubeconfig}", Cancel);
        Assert.Contains("current-context: istiotest", await File.ReadAllTextAsync(kubeconfig, Cancel), StringComparison.Ordinal);
        await az.RunAsync($"group delete -n {Group} -y --no-wait", Cancel);
        await Wait.UntilAsync(
            "the group is deleted",
            TimeSpan.FromMinutes(1),
            async () => await az.RunAsync($"group exists -n {Group}", Cancel) == "false",
            Cancel
        );
    }

    /// <summary>As the walk-through's shell function asks.</summary>
    private const string FeatureState =
        "feature list --query [?contains(name,'microsoft.containerservice/AzureServiceMeshPreview')].properties.state -o tsv";

    /// <summary>Azure CLI polls in real time, so the test does not let it wait.</summary>
    private static Task SucceedAsync(AzureCliProgram az) =>
        Wait.UntilAsync(
            "the cluster is ready",
            TimeSpan.FromMinutes(1),
            async () => await az.RunAsync($"aks show -g {Group} -n {Cluster} --query provisioningState -o tsv", Cancel) == "Succeeded",
            Cancel
        );

    public void Dispose() => _directory.Dispose();
}
