using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MeshPort.State;

/// <summary>Limits that differ from one subscription to another.</summary>
/// <param name="Ports">How many ports the exposures of a cluster may have on its load balancers together.</param>
internal sealed record Limits(int Ports)
{
    public const string Setting = "MeshPort:PortBudget";

    /// <summary>AKS's load balancer takes 250 rules by default; each of the two gateways has three of the add-on's own, and a few are left to other Services.</summary>
    public const int DefaultPorts = 240;

    /// <summary>Those few.</summary>
    private const int Spare = 4;

    /// <summary>What is left for the exposures of a cluster.</summary>
    /// <param name="otherRules">That Services of others take.</param>
    public int Room(int otherRules) => Math.Max(0, Ports - Math.Max(0, otherRules - Spare));

    /// <exception cref="InvalidOperationException">The setting is no number.</exception>
    public static Limits From(IConfiguration configuration) =>
        configuration[Setting] switch
        {
            null or "" => new Limits(DefaultPorts),
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ports) && ports > 0 => new Limits(
                ports
            ),
            var text => throw new InvalidOperationException(
                $"The setting {Setting} is '{text}'; write a number of ports, such as {DefaultPorts}."
            ),
        };
}
