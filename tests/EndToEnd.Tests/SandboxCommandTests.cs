using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using MeshPort.EndToEnd.Tests.Commands;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The simulated Azure as a separate program, used as its output says.</summary>
public sealed partial class SandboxCommandTests : IDisposable
{
    private const string Group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg";
    private const string Cluster = Group + "/providers/Microsoft.ContainerService/managedClusters/alone";
    private readonly TestDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_commands_work_and_the_world_survives_a_restart()
    {
        var state = Path.Combine(_directory.Path, "world.db");
        await using (var sandbox = await StartAsync("--state", state))
        {
            using var azure = await ConnectAsync(sandbox);
            await CreateClusterAsync(azure);
            await UseKubeconfigAsync(sandbox);
            await sandbox.TerminateAsync(Token);
            Assert.Equal(0, await sandbox.ExitCodeAsync(Walkthrough.Within, Token));
        }

        Assert.Equal(["ca.pem", "meshport.lock", "meshport.pid"], Directory.EnumerateFiles(Data).Select(Path.GetFileName).Order());
        await using var again = await StartAsync("--state", state);
        await UseKubeconfigAsync(again);
    }

    [Fact]
    public async Task The_printed_variables_are_enough_for_a_client()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "The variables are read by a Unix shell.");
        await using var sandbox = await StartAsync();
        using var azure = await ConnectAsync(sandbox);
        await CreateClusterAsync(azure);
        await sandbox.SaysAsync("\nkubeconfig   ", Walkthrough.Within, Token);
        var (exitCode, variables, errors) = await RunAsync("env", "--shell", "bash");
        Assert.Equal((0, ""), (exitCode, errors));
        using var shell =
            Process.Start(
                new ProcessStartInfo(
                    "/bin/sh",
                    [
                        "-c",
                        $$"""
                        {{variables}}
                        token=$(curl -s --cacert "$SSL_CERT_FILE" "$AZURE_AUTHORITY_HOST$AZURE_TENANT_ID/oauth2/v2.0/token" \
                          -d grant_type=client_credentials -d "client_id=$AZURE_CLIENT_ID" -d "client_secret=$AZURE_CLIENT_SECRET" \
                          -d scope=https://management.azure.com/.default | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
                        curl -s --cacert "$REQUESTS_CA_BUNDLE" -H "Authorization: Bearer $token" \
                          "$AZURE_RESOURCE_MANAGER_ENDPOINT{{Group}}?api-version=2022-09-01"
                        IFS=:
                        cat $KUBECONFIG
                        """,
                    ]
                )
                {
                    RedirectStandardOutput = true,
                }
            ) ?? throw new InvalidOperationException("No shell.");
        var printed = await shell.StandardOutput.ReadToEndAsync(Token);

        Assert.Contains("\"location\":\"eastus2\"", printed, StringComparison.Ordinal);
        Assert.Contains("current-context: alone-admin", printed, StringComparison.Ordinal);
        Assert.All(
            (await RunAsync("env", "--shell", "powershell")).Output.Split('\n'),
            line => Assert.Matches(@"^\$env:[A-Z_]+ = '[^']+'$", line)
        );
    }

    [Fact]
    public async Task The_kubeconfig_of_a_cluster_is_found_by_the_server_that_uses_the_sandbox()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The directories of a user are redirected by XDG variables.");
        await using var sandbox = await StartAsync();
        using var azure = await ConnectAsync(sandbox);
        await CreateClusterAsync(azure);
        await sandbox.SaysAsync("\nkubeconfig   ", Walkthrough.Within, Token);
        using var home = new TestDirectory();
        var user = CommandLine.UserOf(home);
        var settings = Path.Combine(Data, "settings.json");
        await using var server = MeshPortProcess.Start(user, "serve", "--settings", settings, "--port", "0", "--time-scale", "240");
        await server.ReadyAsync(Token);

        string[] kubeconfig = ["kubeconfig", "00000000-0000-0000-0000-000000000001/RG/alone"];
        var found = (await CommandLine.RunAloneAsync(user, null, [.. kubeconfig, "--path"])).Must(0).Output.Trim();
        Assert.StartsWith(Data, found, StringComparison.Ordinal);
        (await CommandLine.RunAloneAsync(user, null, [.. kubeconfig, "--data", Data])).Must(0).Says("^current-context: alone-admin$");
        (await CommandLine.RunAloneAsync(user, null, "kubeconfig", "00000000-0000-0000-0000-000000000001/rg/other"))
            .Must(2)
            .Complains("Cluster other does not exist in the simulated Azure yet.");
    }

    [Fact]
    public async Task Before_the_first_cluster_kubeconfig_names_a_file_of_the_sandbox_for_az_to_write()
    {
        await using var sandbox = await StartAsync();

        var (_, variables, _) = await RunAsync("env");

        Assert.Contains($"export KUBECONFIG='{Path.Combine(Data, "azure", "kubeconfig")}'", variables, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_need_a_running_sandbox()
    {
        var (exitCode, output, errors) = await RunAsync("env");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith($"meshport: No sandbox runs in {Data};", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_added_listed_and_cleared_from_another_shell()
    {
        await using var sandbox = await StartAsync();

        Assert.Equal(
            (0, "fault 1 added", ""),
            await RunAsync(
                "fault",
                "add",
                "throttle",
                "--layer",
                "arm",
                "--operation",
                "PUT resourceGroups",
                "--count",
                "1",
                "--retry-after",
                "7"
            )
        );
        using var azure = await ConnectAsync(sandbox);
        using var refused = await azure.PutAsync(Group + "?api-version=2022-09-01", Json("""{"location":"eastus2"}"""), Token);
        Assert.Equal((429, "7"), ((int)refused.StatusCode, refused.Headers.RetryAfter?.ToString()));

        var (_, list, _) = await RunAsync("fault", "list");
        Assert.Matches(@"1 +throttle +arm +PUT resourceGroups +\* +count 1, retryAfter 7 +1 of 1", list);
        Assert.Equal((0, "1 removed", ""), await RunAsync("fault", "clear", "1"));
        Assert.Equal((0, "no faults", ""), await RunAsync("fault", "list"));
    }

    [Fact]
    public async Task All_errors_of_a_fault_are_reported_together()
    {
        await using var sandbox = await StartAsync();

        var (exitCode, output, errors) = await RunAsync(
            "fault",
            "add",
            "badGateway",
            "--layer",
            "kubernetes",
            "--probability",
            "often",
            "--count",
            "0"
        );

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal(
            [
                "meshport: count: 0 is not a positive whole number.",
                "meshport: layer: badGateway does not happen in kubernetes; write arm.",
                "meshport: probability: \"often\" is not a number.",
            ],
            errors.Split('\n').Order()
        );
    }

    [Fact]
    public async Task Events_are_sent_and_their_delivery_is_spoilt_from_another_shell()
    {
        await using var sandbox = await StartAsync();
        using var azure = await ConnectAsync(sandbox);
        await PutAsync(azure, Group + "?api-version=2022-09-01", """{"location":"eastus2"}""");
        await PutAsync(
            azure,
            Cluster + "?api-version=2026-03-01",
            """{"location":"eastus2","properties":{"agentPoolProfiles":["""
                + """{"name":"nodepool1","mode":"System","count":1,"vmSize":"Standard_D2s_v5"}]}}"""
        );
        await sandbox.SaysAsync("\nkubeconfig   ", Walkthrough.Within, Token);

        var (exitCode, sent, errors) = await RunAsync("event", "send", "alone", "NodePoolRollingStarted", "nodePoolName=nodepool1");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches("^event [0-9a-f-]{36} sent$", sent);
        Assert.StartsWith(
            "event ",
            (await RunAsync("event", "send", Cluster, "Microsoft.ContainerService.ClusterSupportEnding", "kubernetesVersion=1.34")).Output,
            StringComparison.Ordinal
        );

        Assert.Contains("hold true", (await RunAsync("event", "hold")).Output, StringComparison.Ordinal);
        Assert.Contains("hold false", (await RunAsync("event", "release")).Output, StringComparison.Ordinal);
        Assert.Contains("duplicate true", (await RunAsync("event", "duplicate", "on")).Output, StringComparison.Ordinal);
        Assert.Contains("duplicate false", (await RunAsync("event", "duplicate", "off")).Output, StringComparison.Ordinal);
        Assert.Contains("duplicateNext 2", (await RunAsync("event", "duplicate", "2")).Output, StringComparison.Ordinal);
        Assert.Contains("duplicateNext 0", (await RunAsync("event", "duplicate", "off")).Output, StringComparison.Ordinal);
        Assert.Contains("reorder true", (await RunAsync("event", "reorder")).Output, StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await RunAsync("event", "dead-letters"));
    }

    [Fact]
    public async Task All_errors_of_an_event_are_reported_together()
    {
        await using var sandbox = await StartAsync();

        var (exitCode, output, errors) = await RunAsync("event", "send", "nobody", "NodePoolRollingStarted", "pool=p");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal(
            [
                "meshport: cluster: There is no cluster 'nobody'; write the ARM id of one that has been created.",
                "meshport: data: The data of Microsoft.ContainerService.NodePoolRollingStarted is nodePoolName; given was 'pool'.",
            ],
            errors.Split('\n').Order()
        );
        Assert.Contains(
            "data is 'nodepool1'; write name=value.",
            (await RunAsync("event", "send", "nobody", "NodePoolRollingStarted", "nodepool1")).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "what is 'twice'; write on, off or a number.",
            (await RunAsync("event", "duplicate", "twice")).Errors,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_fault_needs_a_running_sandbox()
    {
        var (exitCode, output, errors) = await RunAsync("fault", "list");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains($"No sandbox runs in {Data}; start one with 'meshport sandbox'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sandbox_is_found_by_its_address_too()
    {
        await using var sandbox = await StartAsync();
        File.Delete(Path.Combine(Data, "control.json"));
        var endpoint = Regex.Match(sandbox.Output, @"^control +(\S+)", RegexOptions.Multiline).Groups[1].Value;

        Assert.Equal((0, "no faults", ""), await RunAsync("fault", "list", "--endpoint", endpoint));
        Assert.Contains(
            "--endpoint is 'there'; write the address that the sandbox prints",
            (await RunAsync("fault", "list", "--endpoint", "there")).Errors,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_files_of_a_killed_sandbox_are_not_a_running_sandbox()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "control.json"), "{", Token);

        Assert.Contains(
            "No sandbox runs in ",
            Assert.Single((await RunAsync("fault", "list")).Errors.Split('\n')),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_state_file_that_is_no_world_is_one_line_that_names_it()
    {
        var state = _directory.Write("world.db", new string('x', 4096));

        var (exitCode, output, errors) = await RunAsync("--state", state);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains($"the world in {state} cannot be opened (", Assert.Single(errors.Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_reconciler_needs_no_number()
    {
        await using var sandbox = await StartAsync("--add-on-reconciler");

        Assert.Equal((0, "no faults", ""), await RunAsync("fault", "list"));
    }

    [Fact]
    public async Task All_invalid_options_are_reported_together()
    {
        var (exitCode, _, errors) = await RunAsync("--port", "70000", "--seed", "x", "--add-on-reconciler", "0", "--time-scale", "-1");

        Assert.Equal(2, exitCode);
        Assert.All(
            (string[])["--port is '70000'", "--seed is 'x'", "--add-on-reconciler is '0'", "--time-scale is '-1'"],
            text => Assert.Contains(text, errors, StringComparison.Ordinal)
        );
    }

    public void Dispose() => _directory.Dispose();

    private string Data => Path.Combine(_directory.Path, "data");

    private async Task<MeshPortProcess> StartAsync(params string[] options)
    {
        var process = MeshPortProcess.Start(null, ["sandbox", "--data", Data, "--time-scale", "6000", .. options]);
        await process.SaysAsync("MeshPort     ", Walkthrough.Within, Token);
        return process;
    }

    /// <summary>A client with the token of the printed command, which trusts only the printed certificate.</summary>
    private static async Task<HttpClient> ConnectAsync(MeshPortProcess sandbox)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "The printed line is for a Unix shell.");
        using var shell =
            Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Printed(sandbox, "token")]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("No shell.");
        var answer = JsonNode.Parse(await shell.StandardOutput.ReadToEndAsync(Token));
        var authority = X509CertificateLoader.LoadCertificateFromFile(Printed(sandbox, "CA file"));
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        var client = new HttpClient(handler) { BaseAddress = new Uri(ReadyLine().Match(sandbox.Output).Groups[1].Value) };
        var token = answer!["access_token"]!.GetValue<string>(); // always in an answer of the token endpoint
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task UseKubeconfigAsync(MeshPortProcess sandbox)
    {
        await sandbox.SaysAsync("\nkubeconfig   ", Walkthrough.Within, Token);
        var file = Printed(sandbox, "kubeconfig");
        Assert.EndsWith("/00000000-0000-0000-0000-000000000001/rg/alone.yaml", file, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        using var cluster = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(file));
        Assert.Contains(
            "kube-system",
            (await cluster.CoreV1.ListNamespaceAsync(cancellationToken: Token)).Items.Select(home => home.Metadata.Name)
        );
    }

    private static async Task CreateClusterAsync(HttpClient azure)
    {
        await PutAsync(azure, Group + "?api-version=2022-09-01", """{"location":"eastus2"}""");
        await PutAsync(
            azure,
            Cluster + "?api-version=2026-03-01",
            """{"location":"eastus2","properties":{"agentPoolProfiles":["""
                + """{"name":"nodepool1","mode":"System","count":1,"vmSize":"Standard_D2s_v5"}]}}"""
        );
    }

    private static async Task PutAsync(HttpClient azure, string path, string body)
    {
        using var answer = await azure.PutAsync(path, Json(body), Token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static string Printed(MeshPortProcess sandbox, string name) =>
        sandbox.Output.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..].Trim();

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var process = MeshPortProcess.Start(null, ["sandbox", .. arguments, "--data", Data]);
        var exitCode = await process.ExitCodeAsync(Walkthrough.Within, Token);
        return (exitCode, string.Join('\n', process.Output.Split('\n').Select(line => line.TrimEnd())).Trim(), process.Errors.Trim());
    }

    [GeneratedRegex("^Simulated Azure is ready at (https://127\\.0\\.0\\.1:[0-9]+/)", RegexOptions.Multiline)]
    private static partial Regex ReadyLine();
}
