using System.Net;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.World;

/// <summary>Ranges of IPv4-mapped addresses, which stand for IPv6 here.</summary>
public sealed class AddressFamiliesTests
{
    [Theory]
    [InlineData("::ffff:127.0.0.0/120", "::ffff:127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.0/120", "::ffff:127.0.1.1", false)]
    [InlineData("::ffff:0.0.0.0/96", "::ffff:127.0.0.1", true)]
    [InlineData("2001:db8::/32", "::ffff:127.0.0.1", false)]
    [InlineData("2000::/3", "::ffff:42.42.42.42", false)]
    [InlineData("::/0", "::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.0/8", "::ffff:127.0.0.1", false)]
    [InlineData("127.0.0.0/8", "127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1/128", "::ffff:127.0.0.1", true)]
    public void A_prefix_holds_addresses_of_its_family_by_their_bits(string prefix, string address, bool holds) =>
        Assert.Equal(holds, AddressPrefixes.Matches(prefix, IPAddress.Parse(address)));

    [Theory]
    [InlineData("::ffff:127.0.0.0/120", "127.0.0.0/24")]
    [InlineData("::/0", "0.0.0.0/0")]
    [InlineData("2001:db8::/32", null)]
    [InlineData("2001:db8::/120", null)]
    [InlineData("::1/128", null)]
    public void A_range_of_IPv6_stands_for_the_clients_inside(string range, string? clients) =>
        Assert.Equal(clients, AddressFamilies.Range(IPNetwork.Parse(range), isIpv6: true)?.ToString());
}
