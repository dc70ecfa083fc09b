using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class ExposureClaimTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "a.example", true)] // the whole port and a host of it
    [InlineData("a.example", "", true)]
    [InlineData("a.example", "b.example", false)]
    [InlineData("a.example", "A.EXAMPLE", true)]
    [InlineData("a.example b.example", "c.example b.example", true)]
    [InlineData("*.example", "a.example", true)]
    [InlineData("a.example", "*.example", true)]
    [InlineData("*.example", "deep.a.example", true)]
    [InlineData("*.example", "*.a.example", true)]
    [InlineData("*.example", "example", false)]
    [InlineData("*.example", "aexample", false)]
    [InlineData("*.a.example", "*.b.example", false)]
    public void Tls_hosts_share_a_port_unless_they_overlap(string mine, string theirs, bool excludes) =>
        Assert.Equal(excludes, new ExposureClaim("port|external|443", "port", Hosts(mine), "", "").Excludes(Hosts(theirs)));

    private static string[] Hosts(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
