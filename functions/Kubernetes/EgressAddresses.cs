using System.Net;
using System.Net.Sockets;
using MeshPort.Model;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Kubernetes;

/// <summary>
/// The addresses with which MeshPort leaves its network, as its host knows them: the setting <c>MeshPort:EgressAddresses</c>, with commas
/// between addresses or ranges. MeshPort cannot find them out by itself. Empty when the setting is absent.
/// </summary>
internal sealed record EgressAddresses(IReadOnlyList<string> Ranges)
{
    public const string Setting = "MeshPort:EgressAddresses";

    /// <exception cref="InvalidOperationException">The setting has something else.</exception>
    public static EgressAddresses From(IConfiguration configuration)
    {
        var ranges = new List<string>();
        foreach (
            var text in (configuration[Setting] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            ranges.Add(SourceRange.Normalize(text, out var problem));
            if (problem is not null)
            {
                throw new InvalidOperationException($"The setting {Setting} is wrong: {problem}");
            }
        }

        return new EgressAddresses(ranges);
    }

    /// <param name="authorized">Ranges of an API server in CIDR form. Public API servers have IPv4 addresses.</param>
    /// <returns>The IPv4 addresses that are in none of the ranges.</returns>
    public IReadOnlyList<string> Outside(IEnumerable<string> authorized)
    {
        var networks = authorized.Select(range => IPNetwork.Parse(range)).ToList();
        return
        [
            .. Ranges.Where(own =>
                IPNetwork.Parse(own) is var range
                && range.BaseAddress.AddressFamily == AddressFamily.InterNetwork
                && !networks.Any(network => network.PrefixLength <= range.PrefixLength && network.Contains(range.BaseAddress))
            ),
        ];
    }
}
