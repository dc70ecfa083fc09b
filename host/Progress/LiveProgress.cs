using Spectre.Console;

namespace MeshPort.Host.Progress;

/// <summary>Shows the steps and the exposures in a table that is redrawn in place.</summary>
internal sealed class LiveProgress(IAnsiConsole console, TimeProvider clock) : IProgressView
{
    private const int MostExposures = 12; // a table that is higher than the terminal cannot be redrawn
    private static readonly string[] Frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    private int _frame;

    public async Task<T> ShowAsync<T>(Func<Action<ProgressReport>, Task<T>> work) =>
        await console
            .Live(Draw(ProgressReport.Empty))
            .AutoClear(false)
            .StartAsync(context =>
                work(report =>
                {
                    context.UpdateTarget(Draw(report));
                    context.Refresh();
                })
            );

    private Table Draw(ProgressReport report)
    {
        _frame++;
        var table = new Table { Border = TableBorder.Rounded }
            .AddColumn("Step")
            .AddColumn("")
            .AddColumn(new TableColumn("Time").RightAligned().NoWrap())
            .AddColumn("Message");
        foreach (var step in report.Steps)
        {
            table.AddRow(
                Markup.Escape(step.Name),
                Mark(step),
                Markup.Escape(SimulatedDuration.Text(step.Duration(clock.GetUtcNow()))),
                Markup.Escape(step.Message ?? "")
            );
        }

        foreach (var exposure in report.Exposures.OrderBy(exposure => exposure.IsReady).Take(MostExposures))
        {
            table.AddRow(
                Markup.Escape($"exposure {exposure.Name}"),
                exposure.IsReady ? "[green]ready[/]" : $"[yellow]{Spinner} waiting[/]",
                "",
                Markup.Escape(exposure.IsReady ? exposure.Address ?? "" : $"{exposure.Reason}: {exposure.Message}")
            );
        }

        if (report.Exposures.Count > MostExposures)
        {
            var ready = report.Exposures.Count(exposure => exposure.IsReady);
            table.AddRow("", "", "", $"{ready} of {report.Exposures.Count} exposures are ready.");
        }

        return report.Lost is null ? table : table.Caption($"[yellow]{Markup.Escape(report.Lost)}[/]");
    }

    private string Spinner => console.Profile.Capabilities.Unicode ? Frames[_frame % Frames.Length] : "*";

    private string Mark(JourneyStep step) =>
        step.Status switch
        {
            "Succeeded" => "[green]done[/]",
            "Failed" => "[red]failed[/]",
            "Running" => $"[yellow]{Spinner} running[/]",
            "Skipped" => "[grey]skipped[/]",
            _ => "[grey]waiting[/]",
        };
}
