using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace MeshPort.State;

/// <summary>Limits that differ from one subscription to another.</summary>
/// <param name="Ports">Ports that the exposures of a cluster may have on its load balancers together.</param>
internal sealed record Limits(int Ports)
{
    public const string Setting = "MeshPort:PortBudget";

    /// <summary>
    /// A node takes 299 rules of load balancers (domain facts, section 6). The add-on uses three for each of the two gateways, and the rest
    /// is left to other Services and to changes of the add-on.
    /// </summary>
    public const int DefaultPorts = 240;

    /// <summary>Rules of other Services that do not reduce the budget.</summary>
    private const int Spare = 4;

    /// <summary>The ports that the exposures of a cluster may have.</summary>
    /// <param name="otherRules">Rules that are neither the add-on's nor those of ports of exposures.</param>
    /// <param name="families">IP families of the cluster: a port takes a rule for each.</param>
    public int Room(int otherRules, int families) => Math.Max(0, Ports - Math.Max(0, otherRules - Spare)) / families;

    /// <exception cref="InvalidOperationException">The setting is not a positive number.</exception>
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
