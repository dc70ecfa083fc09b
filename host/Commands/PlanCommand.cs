using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport plan</c>: the changes that an apply would make.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var file = CommonOptions.RequiredFile();
        var prune = new Option<bool>("--prune") { Description = "Plan the removal of exposures that the file does not have." };
        var format = FormatOption.Create("table", "json");
        return new ClientCommand(
            "plan",
            "Shows the changes that 'apply' would make, and changes nothing. "
                + "Exit code 0 without changes, 2 with changes or where they are not known.",
            "meshport plan -f samples/tcpecho.yaml",
            "meshport plan -f environments/ --prune -o json"
        )
        {
            file,
            prune,
            format,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var environments = EnvironmentFile.Read(arguments.GetRequiredValue(file));
                var api = await session.ConnectAsync(cancellationToken);
                var plan = await new Planner(api).PlanAsync(environments, arguments.GetValue(prune), cancellationToken);
                Write(session.Screen, plan, FormatOption.Of(arguments.GetValue(format)));
                return plan.HasChanges ? ExitCodes.Changes : ExitCodes.Success;
            }
        );
    }

    private static void Write(Screen screen, EnvironmentPlan plan, Format format)
    {
        if (format != Format.Json)
        {
            new PlanText(screen.Out, screen.Paint).Write(plan);
            return;
        }

        screen.Out.WriteLine(
            JsonText.Write(
                new
                {
                    Create = plan.Count("create"),
                    Update = plan.Count("update"),
                    Delete = plan.Count("delete"),
                    Unknown = plan.Count("unknown"),
                    Clusters = plan.Clusters.Select(cluster => new
                    {
                        Cluster = cluster.Id.Path,
                        cluster.Changes,
                        cluster.Removed,
                        cluster.Kept,
                    }),
                }
            )
        );
    }
}
