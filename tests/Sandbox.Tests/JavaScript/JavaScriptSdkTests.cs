using System.Diagnostics;
using Xunit;

namespace MeshPort.Sandbox.Tests.JavaScript;

/// <summary>The walk-through and the main operations with the Azure SDKs for JavaScript (<c>walkthrough.cjs</c>).</summary>
public sealed class JavaScriptSdkTests
{
    /// <param name="variable">Names a folder with the packages. The gate installs the newest ones and those of two years ago.</param>
    [Theory]
    [InlineData("MESHPORT_TEST_JAVASCRIPT")]
    [InlineData("MESHPORT_TEST_OLD_JAVASCRIPT")]
    public async Task The_sdks_do_the_whole_walk_through(string variable)
    {
        var packages = Environment.GetEnvironmentVariable(variable);
        Assert.SkipWhen(string.IsNullOrEmpty(packages), $"{variable} names no folder with the SDKs.");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = 6000 },
            cancellationToken
        );
        using var directory = new TestDirectory();
        var start = new ProcessStartInfo(
            "node",
            [Path.Combine(Repository.Root, "tests", "Sandbox.Tests", "JavaScript", "walkthrough.cjs"), packages]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var (name, value) in new[]
            {
                ("AZURE_RESOURCE_MANAGER_ENDPOINT", sandbox.ResourceManagerEndpoint.GetLeftPart(UriPartial.Authority)),
                ("AZURE_AUTHORITY_HOST", sandbox.AuthorityHost.AbsoluteUri),
                ("AZURE_TENANT_ID", sandbox.TenantId),
                ("AZURE_CLIENT_ID", sandbox.ClientId),
                ("AZURE_CLIENT_SECRET", sandbox.ClientSecret),
                ("NODE_EXTRA_CA_CERTS", directory.Write("ca.pem", sandbox.CertificateAuthorityPem)),
            }
        )
        {
            start.Environment[name] = value;
        }

        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        var errors = node.StandardError.ReadToEndAsync(cancellationToken);
        var output = await node.StandardOutput.ReadToEndAsync(cancellationToken);
        await node.WaitForExitAsync(cancellationToken);

        Assert.DoesNotContain("failed: ", output, StringComparison.Ordinal);
        Assert.True(node.ExitCode == 0, await errors);
        Assert.Contains("done: delete the cluster and the group", output, StringComparison.Ordinal);
    }
}
