using MeshPort.Host.Api;
using MeshPort.Host.Progress;
using MeshPort.Model;
using Spectre.Console;

namespace MeshPort.EndToEnd.Tests;

public sealed class ProgressTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ClusterLabels OneCluster = new([Walkthrough.Environment.Cluster]);

    [Fact]
    public void Steps_that_several_operations_share_count_once()
    {
        var shared = Step("EnsureCluster", "Succeeded", Noon, Noon.AddMinutes(5));
        OperationView[] operations =
        [
            Operation(shared, Step("EnsureMesh", "Pending", null, null)),
            Operation(shared, Step("EnsureMesh", "Pending", null, null)),
        ];

        Assert.Equal(["EnsureCluster", "EnsureMesh"], JourneyStep.Merge(operations, OneCluster).Select(step => step.Name));
    }

    [Fact]
    public void A_shared_step_has_the_state_of_the_newest_observation()
    {
        OperationView[] operations =
        [
            Operation(Step("EnsureMesh", "Running", Noon, null)),
            Operation(Step("EnsureMesh", "Succeeded", Noon, Noon.AddSeconds(9))),
        ];

        Assert.Equal("Succeeded", Assert.Single(JourneyStep.Merge(operations, OneCluster)).Status);
    }

    [Fact]
    public void A_step_that_a_later_pass_will_repeat_is_not_listed_before_it_starts()
    {
        OperationView[] operations =
        [
            Operation(Step("EnsureCluster", "Running", Noon, null)),
            Operation(Step("EnsureCluster", "Pending", null, null)),
        ];

        Assert.Equal("Running", Assert.Single(JourneyStep.Merge(operations, OneCluster)).Status);
    }

    [Fact]
    public void Steps_of_several_clusters_are_told_apart_by_the_shortest_name_of_their_cluster()
    {
        var one = Walkthrough.Environment.Cluster;
        ClusterId[] clusters = [one, one with { Name = "second" }, one with { ResourceGroup = "other" }];
        var operations = clusters.Select(cluster =>
            Operation(Step("EnsureCluster", "Running", Noon, null)) with
            {
                Path = $"/meshport{cluster.Path}/operations/1",
            }
        );

        Assert.Equal(
            ["istiotest/istiotest/EnsureCluster", "second/EnsureCluster", "other/istiotest/EnsureCluster"],
            JourneyStep.Merge(operations, new ClusterLabels(clusters)).Select(step => step.Name)
        );
    }

    [Fact]
    public async Task A_server_that_is_lost_and_back_is_told_once_each()
    {
        using var notes = new StringWriter { NewLine = "\n" };

        await new PlainProgress(TextWriter.Null, notes, TimeProvider.System).ShowAsync(report =>
        {
            foreach (var lost in (string?[])[null, "It is away.", "It is away.", null, null])
            {
                report(ProgressReport.Empty with { Lost = lost });
            }

            return Task.FromResult(true);
        });

        Assert.Equal("It is away.\nThe server is back.\n", notes.ToString());
    }

    [Fact]
    public async Task Redirected_output_has_one_line_for_each_event()
    {
        using var output = new StringWriter { NewLine = "\n" };

        await new PlainProgress(output, TextWriter.Null, TimeProvider.System).ShowAsync(report =>
        {
            Report([], new JourneyStep("EnsureCluster", "Running", Noon, null, "ClusterCreating"));
            Report([], new JourneyStep("EnsureCluster", "Running", Noon, null, "ClusterCreating"));
            Report([], new JourneyStep("EnsureCluster", "Succeeded", Noon, Noon.AddSeconds(310), "Made."));
            Report(
                [
                    new ExposureState("one", "Unknown", "Pending", "Not observed yet.", null),
                    new ExposureState("two", "True", "AsDesired", "", "127.0.0.1:9001"),
                ],
                new JourneyStep("EnsureCluster", "Succeeded", Noon, Noon.AddSeconds(310), "Made."),
                new JourneyStep("EnsureMesh", "Skipped", null, null, null)
            );
            Report([new ExposureState("one", "False", "WorkloadFailed", "No image.", null)]);
            Report([new ExposureState("one", "False", "WorkloadFailed", "No image.", null)]);
            return Task.FromResult(true);

            void Report(ExposureState[] exposures, params JourneyStep[] steps) => report(new ProgressReport(steps, exposures));
        });

        Assert.Equal(
            [
                "EnsureCluster started",
                "EnsureCluster succeeded after 5 min 10 s Made.",
                "EnsureMesh skipped",
                "exposure two ready at 127.0.0.1:9001",
                "exposure one not ready WorkloadFailed: No image.",
            ],
            output
                .ToString()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        );
    }

    [Fact]
    public async Task A_terminal_has_a_table_with_every_step_and_its_duration()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                Interactive = InteractionSupport.Yes,
                Out = new AnsiConsoleOutput(output),
            }
        );

        await new LiveProgress(console, TimeProvider.System).ShowAsync(report =>
        {
            report(
                new ProgressReport(
                    [new JourneyStep("EnsureCluster", "Succeeded", Noon, Noon.AddSeconds(310), "[Made]")],
                    [new ExposureState("one", "Unknown", "Waiting", "[Wait]", null)],
                    "[It is away.]"
                )
            );
            return Task.FromResult(true);
        });

        Assert.Contains("EnsureCluster", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("5 min 10 s", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Waiting: [Wait]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("[Made]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("[It is away.]", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(60, "1 min 0 s")]
    [InlineData(3_725, "1 h 2 min")]
    public void Durations_are_written_as_a_person_says_them(int seconds, string expected) =>
        Assert.Equal(expected, SimulatedDuration.Text(TimeSpan.FromSeconds(seconds)));

    private static OperationView Operation(params StepView[] steps) => new("1", "Running", Noon, null, steps);

    private static StepView Step(string name, string status, DateTimeOffset? started, DateTimeOffset? ended) =>
        new(name, status, started, ended, 1, null);
}
