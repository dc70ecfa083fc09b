using System.Globalization;
using MeshPort.Host.Progress;
using MeshPort.Sandbox.World;

namespace MeshPort.Host.Demo;

/// <summary>Prints the result of the demo.</summary>
internal sealed class DemoSummary(TextWriter output)
{
    public void Write(
        IReadOnlyList<JourneyStep> steps,
        IReadOnlyList<Destination> destinations,
        TimeSpan simulated,
        TimeSpan real,
        SandboxTraffic traffic
    )
    {
        output.WriteLine();
        output.WriteLine("Steps (simulated time)");
        foreach (var step in steps)
        {
            output.WriteLine(
                $"  {step.Name, -28} {SimulatedDuration.Text(step.Duration(step.EndedAt ?? step.StartedAt ?? default)), 12}  {step.Status}"
            );
        }

        output.WriteLine();
        output.WriteLine("Conditions");
        foreach (var (resource, condition) in destinations.SelectMany(destination => destination.Conditions))
        {
            output.WriteLine($"  {resource, -28} {condition.Type, -19} {condition.Status, -8} {condition.Reason}");
        }

        output.WriteLine();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Total      {SimulatedDuration.Text(simulated)} simulated, {real.TotalSeconds:0.0} s real"
            )
        );
        output.WriteLine(
            $"Requests   ARM {traffic.ArmReads} reads, {traffic.ArmWrites} writes; "
                + $"Kubernetes {traffic.KubernetesReads} reads, {traffic.KubernetesWrites} writes"
        );
        foreach (var (desired, found) in destinations.SelectMany(destination => destination.Exposures))
        {
            output.WriteLine(
                $"Address    {desired.Name}: {Destination.AddressOf(desired, found) ?? "none"} port {desired.PortText} ({desired.Gateway})"
            );
        }
    }
}
