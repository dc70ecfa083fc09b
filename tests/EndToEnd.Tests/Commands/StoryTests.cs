using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>
/// The commands against a real <c>serve --sandbox</c>, in a pipe. The tests share its cluster, so they run one after another.
/// </summary>
public sealed class StoryTests(CommandLine meshPort) : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await meshPort.Turn.WaitAsync(Token);

    public ValueTask DisposeAsync()
    {
        meshPort.Turn.Release();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_shows_the_plan_and_the_progress_and_ends_when_all_is_Ready()
    {
        await meshPort.ReadyAsync();

        meshPort
            .FirstApply.Must(0)
            .Says(@"^  \+ cluster istiotest ")
            .Says("""^      \+ location: "eastus2"$""")
            .Says(@"^  \+ exposure tcpecho ")
            .Says(@"^Plan: [1-9][0-9]* to create, 1 to update, 0 to delete\.$")
            .Says("^  EnsureCluster +started$")
            .Says("^  EnsureCluster +succeeded after .* min .*Kubernetes")
            .Says(@"^  exposure tcpecho +ready at 127\.[0-9.]+:9000$")
            .Says(@"^Ready  tcpecho at 127\.[0-9.]+:9000$")
            .Says("^Ready  cluster istiotest$");
        Assert.Equal("", meshPort.FirstApply.Errors.Trim());
        Assert.DoesNotContain('\e', meshPort.FirstApply.Output);
    }

    [Fact]
    public async Task The_same_file_again_changes_nothing()
    {
        (await meshPort.RunAsync("plan", "-f", CommandLine.Sample)).Must(0).Says("^Nothing to change.$");
        (await meshPort.RunAsync("apply", "-f", CommandLine.Sample)).Must(0).Says("^Ready  cluster istiotest$");

        var cluster = (await meshPort.RunAsync("get", "clusters", "istiotest", "-o", "json")).Must(0).Json;

        Assert.Equal(1, cluster.GetProperty("metadata").GetProperty("generation").GetInt32());
    }

    [Fact]
    public async Task A_plan_with_changes_has_exit_code_2_and_changes_nothing()
    {
        var file = meshPort.Changed("expect: \"hello jose\"", "expect: \"hello\"");

        (await meshPort.RunAsync("plan", "-f", file))
            .Must(2)
            .Says("""^      ~ probe\.expect: "hello jose" -> "hello"$""")
            .Says("1 to update");
        var plan = (await meshPort.RunAsync("plan", "-f", file, "-o", "json", "--verbose")).Must(2).Complains("?dryRun=true answered 200");

        Assert.Equal(1, plan.Json.GetProperty("update").GetInt32());
        (await meshPort.RunAsync("plan", "-f", CommandLine.Sample)).Must(0);
    }

    [Fact]
    public async Task Errors_that_only_the_server_knows_have_their_place_in_the_file()
    {
        var taken = meshPort.Changed("- name: tcpecho", "- name: second");

        var refusal = (await meshPort.RunAsync("plan", "-f", taken)).Must(2).Complains("nothing was started or changed");

        var line = File.ReadAllLines(taken).Index().Single(line => line.Item == "      port: 9000").Index + 1;
        Assert.Contains($"{taken}:{line}:7: exposures[0].spec.port: ", refusal.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_is_exposed_listed_probed_and_closed()
    {
        var add = (await meshPort.RunAsync("expose", "9101", "--to", "tcpecho:9000", "--send", "jose\\n", "--expect", "hello jose"))
            .Must(0)
            .Says(@"^Ready  tcpecho-9101 at 127\.[0-9.]+:9101$");
        Assert.Equal("", add.Errors.Trim());

        (await meshPort.RunAsync("get", "exposures", "--port", "9101"))
            .Must(0)
            .Says("^CLUSTER +NAME +GATEWAY +ADDRESS +READY +REASON +SINCE$")
            .Says(@"^istiotest +tcpecho-9101 +external +127\.[0-9.]+:9101 +True +AsDesired ");
        (await meshPort.RunAsync("get", "exposures", "--ready", "false", "--port", "9101", "-o", "name")).Must(0).Says(@"\A\s*\z");
        (await meshPort.RunAsync("probe", "tcpecho-9101"))
            .Must(0)
            .Says(@"\A\$ telnet (127\.[0-9.]+) 9101\nTrying \1\.\.\.\nConnected to \1\.\njose\nhello jose\n");
        (await meshPort.RunAsync("probe", "9101")).Must(0).Says("^hello jose$");
        (await meshPort.RunAsync("probe", "9101", "--address", "127.0.0.1", "--port", "9"))
            .Must(1)
            .Says(@"^\$ telnet 127\.0\.0\.1 9$")
            .Complains("tcpecho-9101 is not reachable from this machine: 127.0.0.1:9: ");
        (await meshPort.RunAsync("plan", "-f", CommandLine.Sample)).Must(0).Says("tcpecho-9101.*: not in the file, and kept");
        (await meshPort.RunAsync("plan", "-f", CommandLine.Sample, "--prune")).Must(2).Says("^  - exposure tcpecho-9101 ");

        (await meshPort.RunAsync("unexpose", "9101")).Must(2).Complains("there is no terminal. Add --yes.");
        (await meshPort.RunAsync("unexpose", "9101", "--yes")).Must(0).Says($"^Deleted  {CommandLine.ClusterPath}/exposures/tcpecho-9101$");
        (await meshPort.RunAsync("unexpose", "9101", "--yes")).Must(2).Complains("No exposure has port 9101.");
    }

    [Fact]
    public async Task Several_ports_are_exposed_listed_probed_exported_and_closed_together()
    {
        var kubeconfig = (await meshPort.RunAsync("kubeconfig", "--path")).Must(0).Output.Trim();
        using var cluster = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        await cluster.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta { Name = "several" },
                Spec = new V1ServiceSpec
                {
                    Selector = new Dictionary<string, string> { ["app"] = "tcpecho" },
                    Ports =
                    [
                        .. new[] { 9111, 9120, 9121 }.Select(port => new V1ServicePort
                        {
                            Name = $"tcp-{port}",
                            Port = port,
                            TargetPort = 9000,
                        }),
                    ],
                },
            },
            "default",
            cancellationToken: Token
        );
        string[] expose = ["expose", "9111,9120-9121", "--to", "several", "--send", "jose\\n", "--expect", "hello jose"];
        try
        {
            (await meshPort.RunAsync(expose)).Must(0).Says(@"^Ready  several-9111 at 127\.[0-9.]+:9111,9120-9121$");
            (await meshPort.RunAsync(expose)).Must(0);

            (await meshPort.RunAsync("get", "exposures", "--port", "9121"))
                .Must(0)
                .Says(@"^istiotest +several-9111 +external +127\.[0-9.]+:9111,9120-9121 +True ");
            (await meshPort.RunAsync("describe", "exposure", "several-9111"))
                .Must(0)
                .Says("The exposure holds ports 9111, 9120-9121 of the external gateway.");
            (await meshPort.RunAsync("probe", "9121")).Must(0).Says(@"^\$ telnet 127\.[0-9.]+ 9121$").Says("^hello jose$");
            (await meshPort.RunAsync("probe", "several-9111")).Must(0).Says(@"^\$ telnet 127\.[0-9.]+ 9111$");
            var export = (await meshPort.RunAsync("export")).Must(0).Says("9120-9121");
            (await meshPort.RunWithInputAsync(export.Output, "plan", "-f", "-")).Must(0).Says("^Nothing to change.$");

            (await meshPort.RunAsync("expose", "9120", "--to", "tcpecho:9000", "--name", "taken"))
                .Must(1)
                .Complains("Port 9120 of the external gateway is already claimed by exposure 'several-9111'.");
            (await meshPort.RunAsync("expose", "9120-", "--to", "tcpecho:9000")).Must(2).Complains("'9120-' is not a port.");
            (await meshPort.RunAsync("unexpose", "9121", "--yes"))
                .Must(2)
                .Complains("Port 9121 is one of the ports 9111,9120-9121 of exposure several-9111.");
        }
        finally
        {
            (await meshPort.RunAsync("unexpose", "several-9111", "--yes")).Must(0);
            await cluster.CoreV1.DeleteNamespacedServiceAsync("several", "default", cancellationToken: Token);
        }
    }

    [Fact]
    public async Task Prune_removes_what_the_file_does_not_have()
    {
        (await meshPort.RunAsync("expose", "9102", "--to", "tcpecho:9000", "--no-wait", "--name", "pruned")).Must(0);

        (await meshPort.RunAsync("apply", "-f", CommandLine.Sample, "--prune", "--yes", "-q")).Must(0).Says(@"\A\s*\z");

        Assert.DoesNotContain(
            "pruned",
            (await meshPort.RunAsync("get", "exposures", "-o", "name")).Must(0).Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_goal_that_is_not_reached_has_exit_code_1_and_a_wait_that_is_too_long_4()
    {
        string[] wrong = ["expose", "9103", "--to", "tcpecho:9000", "--send", "jose\\n", "--expect", "hello maria", "--name", "wrong"];
        try
        {
            (await meshPort.RunAsync([.. wrong, "--timeout", "0.1s"]))
                .Must(4)
                .Complains("The server continues. To watch it, run: meshport watch istiotest");
            (await meshPort.RunAsync("watch")).Must(1).Complains("exposure wrong: Reachable is False (WrongAnswer): ");
            (await meshPort.RunAsync("probe", "wrong")).Must(1).Complains("exposure wrong is not reachable from this machine: ");
        }
        finally
        {
            (await meshPort.RunAsync("delete", "exposure", "wrong", "--yes")).Must(0);
        }
    }

    [Theory]
    [InlineData("delete", "exposure", "..", "--cluster", "istiotest")]
    [InlineData("delete", "exposure", "", "--cluster", "istiotest")]
    [InlineData("delete", "exposure", "../../istiotest", "--cluster", "istiotest")]
    [InlineData("delete", "exposure", CommandLine.ClusterPath)]
    [InlineData("delete", "exposure", CommandLine.ClusterPath + "/exposures/..")]
    [InlineData("delete", "cluster", CommandLine.ClusterPath + "/exposures/tcpecho")]
    [InlineData("unexpose", "..", "--cluster", "istiotest")]
    [InlineData("unexpose", CommandLine.ClusterPath)]
    public async Task A_name_of_another_kind_deletes_nothing(params string[] arguments)
    {
        var refusal = (await meshPort.RunAsync([.. arguments, "--yes"])).Must(2);

        Assert.Matches("^meshport: '.*' is not (an exposure name|the path of (an exposure|a cluster))", refusal.Errors);
        (await meshPort.RunAsync("plan", "-f", CommandLine.Sample)).Must(0);
    }

    [Fact]
    public async Task A_file_whose_clusters_are_gone_deletes_nothing()
    {
        var second = meshPort.Changed("name: istiotest", "name: second");
        var third = await File.ReadAllTextAsync(meshPort.Changed("name: istiotest", "name: third"), Token);
        await File.AppendAllTextAsync(second, $"---\n{third}", Token);

        (await meshPort.RunAsync("delete", "-f", second, "--yes"))
            .Must(0)
            .Complains("clusters/second does not exist.")
            .Complains("clusters/third does not exist.");
    }

    [Fact]
    public async Task A_probe_without_an_expected_answer_says_that_it_proves_the_gateway_only()
    {
        (await meshPort.RunAsync("expose", "9108", "--to", "tcpecho:9000", "--name", "open")).Must(0);
        try
        {
            (await meshPort.RunAsync("probe", "open")).Must(0).Complains("Set probe.expect to prove the backend too.");
        }
        finally
        {
            (await meshPort.RunAsync("delete", "exposure", "open", "--yes")).Must(0);
        }
    }

    [Fact]
    public async Task An_export_is_a_file_that_changes_nothing()
    {
        var export = (await meshPort.RunAsync("export")).Must(0).Says("^# yaml-language-server: ").Says("^  name: istiotest$");

        (await meshPort.RunWithInputAsync(export.Output, "plan", "-f", "-")).Must(0).Says("^Nothing to change.$");
        (await meshPort.RunWithInputAsync(export.Output, "validate", "-f", "-")).Must(0).Complains("Valid: 1 cluster, 1 exposure.");
    }

    [Fact]
    public async Task What_was_made_by_hand_becomes_desired_state_in_one_step()
    {
        var kubeconfig = (await meshPort.RunAsync("kubeconfig", "--path")).Must(0).Output.Trim();
        using var cluster = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        await cluster.CreateForeignAsync("gateways", "default", "by-hand", ForeignObjects.Gateway(9400), Token);
        await cluster.CreateForeignAsync(
            "virtualservices",
            "default",
            "by-hand",
            ForeignObjects.VirtualService("by-hand", 9400, "tcpecho", 9000),
            Token
        );
        await cluster.CreateForeignAsync("gateways", "default", "unrouted", ForeignObjects.Gateway(9401), Token);
        try
        {
            var export = (await meshPort.RunAsync("export", "--adoptable", "istiotest"))
                .Must(0)
                .Says(@"^# Port 9401 of the external gateway \(Gateway default/unrouted\): No VirtualService routes its connections\.$")
                .Says("^- name: tcpecho-9400$")
                .Says("^    adopt: true$");
            (await meshPort.RunWithInputAsync(export.Output, "plan", "-f", "-"))
                .Must(2)
                .Says("^  - Gateway default/by-hand ")
                .Says("^  - VirtualService default/by-hand ")
                .Says("""^      ~ .*destination\.host: "tcpecho" -> "tcpecho.default.svc.cluster.local"$""");

            var file = meshPort.Write("by-hand.yaml", export.Output);
            (await meshPort.RunAsync("apply", "-f", file, "--yes")).Must(0).Says("^Ready  tcpecho-9400 at ");

            (await meshPort.RunAsync("export", "--adoptable", "istiotest")).Must(0).Says(@"^exposures: \[\]$");
            (await meshPort.RunAsync("history", "exposure", "tcpecho-9400")).Must(0).Says(" Adopted .*Gateway default/by-hand");
        }
        finally
        {
            await cluster.DeleteForeignAsync("gateways", "default", "unrouted", Token);
            (await meshPort.RunAsync("delete", "exposure", "tcpecho-9400", "--yes")).Must(0);
        }
    }

    [Fact]
    public async Task Drift_is_planned_repaired_and_in_the_history()
    {
        var kubeconfig = (await meshPort.RunAsync("kubeconfig", "--path")).Must(0).Output.Trim();
        using var cluster = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        var patch = new V1Patch(
            new JsonObject { ["spec"] = new JsonObject { ["replicas"] = 3 } }.ToJsonString(),
            V1Patch.PatchType.MergePatch
        );
        await cluster.AppsV1.PatchNamespacedDeploymentAsync(patch, "tcpecho", "default", cancellationToken: Token);

        (await meshPort.RunAsync("reconcile")).Must(0).Says("^Ready  cluster istiotest$");

        (await meshPort.RunAsync("history", "exposure", "tcpecho")).Must(0).Says("Repaired +Repaired .*Deployment default/tcpecho");
        (await meshPort.RunAsync("events", "--no-follow", "--past", "100"))
            .Must(0)
            .Says("istiotest/tcpecho +Repaired .*Deployment default/tcpecho");
        (await meshPort.RunAsync("describe", "exposure", "tcpecho"))
            .Must(0)
            .Says("^Exposure tcpecho$")
            .Says("^  port: 9000$")
            .Says("^Reachable +True +Answered ")
            .Says("Deployment default/tcpecho  It is as desired")
            .Says("; all: meshport history exposure tcpecho");
        (await meshPort.RunAsync("describe", "cluster")).Must(0).Says("^Cluster istiotest$").Says("^istiotest +tcpecho ");
        (await meshPort.RunAsync("kubeconfig")).Must(0).Says("^apiVersion: v1$");
    }

    [Fact]
    public async Task Lists_have_the_formats_of_kubectl()
    {
        var listed = (await meshPort.RunAsync("get", "clusters", "-o", "json")).Must(0).Json;
        Assert.Equal(JsonValueKind.Array, listed.ValueKind);
        (await meshPort.RunAsync("get", "clusters", "-o", "name")).Must(0).Says($"^{CommandLine.ClusterPath}$");
        (await meshPort.RunAsync("get", "clusters", "-o", "wide", "-A")).Must(0).Says("STRATEGY").Says("managedService");
        (await meshPort.RunAsync("get", "exposures", "tcpecho", "-o", "yaml")).Must(0).Says("^  port: 9000$");
        (await meshPort.RunAsync("get", "operations")).Must(0).Says("^[0-9a-f]{32} +(cluster|tcpecho)").Says("Succeeded +100");
        (await meshPort.RunAsync("get", "rejections")).Must(0).Complains("There is nothing to list.");
        (await meshPort.RunAsync("get", "exposures", "nobody")).Must(1).Complains("'nobody' was not found.");
        (await meshPort.RunAsync("describe", "cluster", "nobody")).Must(2).Complains("There is no cluster 'nobody'.");
    }

    [Fact]
    public async Task The_console_has_an_address_for_every_resource()
    {
        await meshPort.ReadyAsync();

        (await meshPort.RunAsync("open", "--print")).Must(0).Says("^http://127.0.0.1:[0-9]+/console/clusters$");
        (await meshPort.RunAsync("open", "--print", "-c", "istiotest")).Must(0).Says("/console/subscriptions/.*/clusters/istiotest$");
        (await meshPort.RunAsync("open", "tcpecho", "--print")).Must(0).Says("/console/.*/clusters/istiotest/exposures/tcpecho$");
        (await meshPort.RunAsync("open", "nothing", "--print")).Must(2).Complains("There is no exposure 'nothing'.");
    }

    [Fact]
    public async Task A_watch_prints_changes_until_it_is_interrupted()
    {
        await using var watch = await meshPort.StartAsync("get", "exposures", "-w", "-o", "json", "--port", "9104");
        await using var events = await meshPort.StartAsync("events", "--past", "0");

        (await meshPort.RunAsync("expose", "9104", "--to", "tcpecho:9000", "--name", "watched")).Must(0);

        await watch.SaysAsync("\"watched\"", TimeSpan.FromMinutes(1), Token);
        await events.SaysAsync("istiotest/watched ", TimeSpan.FromMinutes(1), Token);
        await watch.InterruptAsync(Token);
        Assert.Equal(130, await watch.ExitCodeAsync(TimeSpan.FromMinutes(1), Token));
        Assert.All(watch.Output.Trim().Split('\n'), line => JsonDocument.Parse(line).Dispose());
        Assert.Equal("", watch.Errors.Trim());
        (await meshPort.RunAsync("delete", "exposure", "watched", "--yes")).Must(0);
    }

    [Fact]
    public async Task A_deleted_cluster_is_gone()
    {
        var second = meshPort.Changed("  name: istiotest", "  name: second", ("resourceGroup: istiotest", "resourceGroup: second"));
        (await meshPort.RunAsync("apply", "-f", second, "--yes", "--no-wait")).Must(0).Complains("To watch it, run: meshport watch ");

        (await meshPort.RunAsync("get", "exposures", "tcpecho", "-A", "-o", "name")).Must(0).Says("/clusters/second/exposures/tcpecho$");
        (await meshPort.RunAsync("probe", "tcpecho")).Must(2).Complains("Several clusters have an exposure 'tcpecho'");
        (await meshPort.RunAsync("delete", "-f", second, "--yes")).Must(0).Says("^Deleted .*/clusters/second$");

        (await meshPort.RunAsync("describe", "cluster", "second")).Must(2).Complains("There is no cluster 'second'.");
    }

    [Theory]
    [InlineData("n\n", 1, "Nothing was changed.")]
    [InlineData("\u0003", 130, "Ctrl+C stopped the plan. Nothing was changed.")]
    public async Task A_terminal_asks_before_it_applies(string answer, int exitCode, string expected)
    {
        await meshPort.ReadyAsync();
        await using var terminal = Terminal.Start(meshPort.Environment, "apply", "-f", meshPort.Changed("count: 1", "count: 2"));

        await terminal.SaysAsync("Apply these changes? [y/N]");
        await terminal.TypeAsync(answer);

        Assert.Equal(exitCode, await terminal.ExitCodeAsync());
        Assert.Contains("\e[33m      ~ nodePool.count: 1 -> 2", terminal.Screen, StringComparison.Ordinal);
        Assert.Contains(expected, terminal.Screen, StringComparison.Ordinal);
    }

    /// <summary>In real time, so that the request is not over before it is interrupted.</summary>
    [Fact]
    public async Task Interrupting_a_terminal_leaves_the_server_working_and_says_how_to_continue()
    {
        using var home = new TestDirectory();
        var user = CommandLine.UserOf(home);
        await using var server = MeshPortProcess.Start(user, "serve", "--sandbox", "--port", "0", "--time-scale", "1");
        await server.ReadyAsync(Token);
        await using var terminal = Terminal.Start(user, "apply", "-f", CommandLine.Sample, "--yes");

        await terminal.SaysAsync("RegisterFeatures");
        await terminal.TypeAsync("\u0003");

        Assert.Equal(130, await terminal.ExitCodeAsync());
        Assert.Matches("The server continues. To watch it, run: meshport watch .*istiotest", terminal.Screen);
        (await CommandLine.RunAloneAsync(user, null, "get", "exposures", "tcpecho", "-o", "name")).Must(0);
    }

    [Fact]
    public async Task A_terminal_has_colours_unless_NO_COLOR_is_set()
    {
        await meshPort.ReadyAsync();
        await using var colourful = Terminal.Start(meshPort.Environment, "get", "exposures", "tcpecho");
        Assert.Equal(0, await colourful.ExitCodeAsync());
        await using var plain = Terminal.Start(
            new Dictionary<string, string>(meshPort.Environment) { ["NO_COLOR"] = "1" },
            "get",
            "exposures",
            "tcpecho"
        );
        Assert.Equal(0, await plain.ExitCodeAsync());

        Assert.Contains("\e[32mistiotest", colourful.Screen, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[32m", plain.Screen, StringComparison.Ordinal);
        Assert.Contains("tcpecho", plain.Screen, StringComparison.Ordinal);
    }
}
