using System.Text.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Validation;

/// <summary>The field <c>ipFamilies</c> and the fields that depend on it.</summary>
public sealed class ClusterIpFamiliesTests
{
    private const string Dual = """ "location":"eastus2","ipFamilies":["IPv4","IPv6"],"strategy":"companionService" """;
    private const string Vnet = """ "vnet":"v","addressPrefix":"10.0.0.0/16","subnet":"s","subnetPrefix":"10.0.1.0/24" """;

    [Fact]
    public void A_dual_stack_cluster_is_read_with_the_prefixes_of_its_network()
    {
        var spec = Validate(
            $$"""{ {{Dual}},"network":{ {{Vnet}},"ipv6AddressPrefix":"fd00::/48","ipv6SubnetPrefix":"fd00:0:0:1::/64"} }"""
        ).Value;

        Assert.Equal([IpFamily.IPv4, IpFamily.IPv6], spec?.IpFamilies);
        Assert.Equal("fd00:0:0:1::/64", spec?.Network?.Ipv6SubnetPrefix);
    }

    [Theory]
    [InlineData("""{"location":"eastus2","ipFamilies":["IPv6","IPv4"],"strategy":"companionService"}""", "/ipFamilies InvalidValue")]
    [InlineData("""{"location":"eastus2","ipFamilies":["IPv6"]}""", "/ipFamilies InvalidValue")]
    [InlineData("""{"location":"eastus2","ipFamilies":[]}""", "/ipFamilies InvalidValue")]
    [InlineData("""{"location":"eastus2","ipFamilies":["ipv4"]}""", "/ipFamilies/0 InvalidValue")]
    [InlineData("""{"location":"eastus2","ipFamilies":["IPv4","IPv6"]}""", "/ipFamilies InvalidCombination")]
    [InlineData("""{"location":"eastus2","ipFamilies":["IPv4","IPv6"],"strategy":"gatewayApi"}""", "/ipFamilies InvalidCombination")]
    [InlineData("{" + Dual + ""","networkPlugin":"kubenet"}""", "/ipFamilies InvalidCombination")]
    [InlineData("{" + Dual + ""","mesh":{"gateways":["external","internal"]}}""", "/ipFamilies InvalidCombination")]
    [InlineData("{" + Dual + ""","outboundType":"managedNATGateway"}""", "/ipFamilies InvalidCombination")]
    [InlineData(
        "{" + Dual + ""","extra":{"networkProfile":{"networkPolicy":"calico"}}}""",
        "/extra/networkProfile/networkPolicy InvalidCombination"
    )]
    [InlineData("{" + Dual + ""","network":{""" + Vnet + "}}", "/network/ipv6AddressPrefix Required", "/network/ipv6SubnetPrefix Required")]
    [InlineData(
        """{"location":"eastus2","network":{""" + Vnet + ""","ipv6AddressPrefix":"fd00::/48"}}""",
        "/network/ipv6AddressPrefix InvalidCombination"
    )]
    [InlineData(
        "{" + Dual + ""","network":{""" + Vnet + ""","ipv6AddressPrefix":"fd00::/48","ipv6SubnetPrefix":"fd00::/56"}}""",
        "/network/ipv6SubnetPrefix OutOfRange"
    )]
    [InlineData(
        "{" + Dual + ""","network":{""" + Vnet + ""","ipv6AddressPrefix":"10.0.0.0/16","ipv6SubnetPrefix":"fd01::/64"}}""",
        "/network/ipv6AddressPrefix InvalidValue"
    )]
    [InlineData(
        "{" + Dual + ""","network":{""" + Vnet + ""","ipv6AddressPrefix":"fd00::/48","ipv6SubnetPrefix":"fd01::/64"}}""",
        "/network/ipv6SubnetPrefix OutOfRange"
    )]
    public void A_combination_that_cannot_work_names_its_field(string spec, params string[] errors) =>
        Assert.Equal(errors, Validate(spec).Errors.Select(error => $"{error.Pointer} {error.Code}"));

    private static Validated<ClusterSpec> Validate(string spec) => ClusterValidator.Validate(JsonElement.Parse(spec));
}
