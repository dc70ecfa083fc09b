using System.CommandLine;
using MeshPort.Host.Commands;
using MeshPort.Host.Simulation;

namespace MeshPort.Host;

/// <summary>All commands.</summary>
internal static class MeshPortCommands
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Makes a TCP port on an AKS cluster reachable from outside, proves it, and keeps it so.")
        {
            DemoCommand.Create(),
            ServeCommand.Create(),
            SandboxCommand.Create(),
            ContextCommand.Create(),
            ApplyCommand.Create(),
            PlanCommand.Create(),
            ValidateCommand.Create(),
            GetCommand.Create(),
            DescribeCommand.Create(),
            HistoryCommand.Create(),
            WatchCommand.Create(),
            OpenCommand.Create(),
            EventsCommand.Create(),
            ExposeCommand.Create(),
            UnexposeCommand.Create(),
            DeleteCommand.Create(),
            ReconcileCommand.Create(),
            ProbeCommand.Create(),
            ExportCommand.Create(),
            KubeconfigCommand.Create(),
            BundleCommand.Create(),
            CompletionCommand.Create(),
        };
        Help.AddTo(root);
        return root;
    }
}
