using Spectre.Console;

namespace MeshPort.Host.Demo;

/// <summary>Shows the steps in a table that is redrawn in place.</summary>
internal sealed class LiveProgress(IAnsiConsole console, TimeProvider clock) : IProgressView
{
    public async Task<T> ShowAsync<T>(Func<Action<IReadOnlyList<JourneyStep>>, Task<T>> work) =>
        await console
            .Live(Draw([]))
            .AutoClear(false)
            .StartAsync(context =>
                work(steps =>
                {
                    context.UpdateTarget(Draw(steps));
                    context.Refresh();
                })
            );

    private Table Draw(IReadOnlyList<JourneyStep> steps)
    {
        var table = new Table { Border = TableBorder.Rounded }
            .AddColumn("Step")
            .AddColumn("")
            .AddColumn(new TableColumn("Simulated time").RightAligned().NoWrap())
            .AddColumn("Message");
        foreach (var step in steps)
        {
            table.AddRow(
                Markup.Escape(step.Name),
                Mark(step),
                Markup.Escape(SimulatedDuration.Text(step.Duration(clock.GetUtcNow()))),
                Markup.Escape(step.Message ?? "")
            );
        }

        return table;
    }

    private static string Mark(JourneyStep step) =>
        step.Status switch
        {
            "Succeeded" => "[green]done[/]",
            "Failed" => "[red]failed[/]",
            "Running" => "[yellow]running[/]",
            "Skipped" => "[grey]skipped[/]",
            _ => "[grey]waiting[/]",
        };
}
