using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Validation;

public sealed class ClusterValidatorTests
{
    [Fact]
    public void A_spec_needs_only_a_location_and_gets_the_defaults()
    {
        var spec = Valid("""{"location":"eastus2"}""");

        Assert.Equal(NetworkPlugin.AzureOverlay, spec.NetworkPlugin);
        Assert.Equal(Dataplane.Azure, spec.Dataplane);
        Assert.Equal(
            new NodePoolSpec
            {
                Name = "nodepool1",
                VmSize = "Standard_D2s_v5",
                Count = null,
            },
            spec.NodePool
        );
        Assert.Equal([GatewayKind.External], spec.Mesh.Gateways);
        Assert.Null(spec.Mesh.Revision);
        Assert.False(spec.Access.LocalAccounts);
        Assert.Null(spec.Network);
        Assert.Empty(spec.Features);
    }

    [Fact]
    public void The_values_of_the_walk_through_are_read()
    {
        var spec = Valid(
            """
            {"location":"eastus2","networkPlugin":"kubenet",
             "features":[{"name":"AzureServiceMeshPreview","deadline":"PT10M","onNotFound":"fail"}],
             "network":{"vnet":"aksVnet","addressPrefix":"10.13.0.0/16","subnet":"istiotest","subnetPrefix":"10.13.76.0/24"},
             "nodePool":{"vmSize":"Standard_B2ms","count":1},
             "mesh":{"gateways":["external","internal"],"revision":"asm-1-30"},"tags":{"team":"net"}}
            """
        );

        Assert.Equal(NetworkPlugin.Kubenet, spec.NetworkPlugin);
        Assert.Equal(
            new FeatureSpec("AzureServiceMeshPreview", "Microsoft.ContainerService", OnNotFound.Fail, TimeSpan.FromMinutes(10)),
            Assert.Single(spec.Features)
        );
        Assert.Equal(new NetworkSpec("aksVnet", "10.13.0.0/16", "istiotest", "10.13.76.0/24"), spec.Network);
        Assert.Equal([GatewayKind.External, GatewayKind.Internal], spec.Mesh.Gateways);
        Assert.Equal("asm-1-30", spec.Mesh.Revision);
        Assert.Equal("net", spec.Tags["team"]);
    }

    [Fact]
    public void A_spec_from_an_answer_can_be_put_back()
    {
        var spec = Valid(
            """
            {"location":"eastus2","features":[{"name":"A"}],"access":{"localAccounts":true},
             "network":{"vnet":"v","addressPrefix":"10.0.0.0/16","subnet":"s","subnetPrefix":"10.0.1.0/24"}}
            """
        );

        Assert.Equal(MeshPortJson.Write(spec), MeshPortJson.Write(Valid(MeshPortJson.Write(spec))));
        Assert.Contains("\"PT30M\"", MeshPortJson.Write(spec), StringComparison.Ordinal);
    }

    [Fact]
    public void A_spec_of_AKS_Automatic_from_an_answer_can_be_put_back()
    {
        var spec = Valid("""{"location":"eastus2","sku":"automatic","strategy":"gatewayApi","gatewayNamespace":"edge"}""");

        Assert.Equal(Dataplane.Cilium, spec.Dataplane);
        Assert.Equal(MeshPortJson.Write(spec), MeshPortJson.Write(Valid(MeshPortJson.Write(spec))));
    }

    [Fact]
    public void What_AKS_Automatic_decides_itself_is_refused_at_once()
    {
        var errors = Invalid(
            """
            {"location":"eastus2","sku":"automatic","networkPlugin":"azure","dataplane":"azure","nodePool":{"count":3},
             "nodePools":[{"name":"apps"}],"tier":"premium","upgrades":{"channel":"rapid","nodeOsChannel":"None"},"oidcIssuer":false,
             "workloadIdentity":false,"keyVaultSecretsProvider":false,"outboundType":"loadBalancer","access":{"privateCluster":true},
             "identity":"/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i",
             "network":{"vnet":"v","addressPrefix":"10.0.0.0/16","subnet":"s","subnetPrefix":"10.0.1.0/24"}}
            """
        );

        Assert.Equal(
            [
                "/access/privateCluster",
                "/dataplane",
                "/identity",
                "/keyVaultSecretsProvider",
                "/network",
                "/networkPlugin",
                "/nodePool",
                "/nodePools",
                "/oidcIssuer",
                "/outboundType",
                "/strategy",
                "/tier",
                "/upgrades/channel",
                "/upgrades/nodeOsChannel",
                "/workloadIdentity",
            ],
            errors.Select(error => error.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("", "/gatewayNamespace InvalidCombination")]
    [InlineData(""","gatewayNamespace":"aks-istio-ingress" """, "/gatewayNamespace InvalidCombination")]
    [InlineData(""","gatewayNamespace":"edge","connection":"kubeconfig:home" """, "/sku InvalidCombination")]
    public void AKS_Automatic_needs_a_namespace_that_it_does_not_protect(string more, string expected) =>
        Assert.Equal([expected], Invalid($$"""{"location":"eastus2","sku":"automatic","strategy":"gatewayApi"{{more}}}"""));

    [Fact]
    public void All_errors_are_reported_together_with_their_pointers()
    {
        var errors = Invalid("""{"networkPlugin":"calico","nodePool":{"count":0,"size":"big"},"mesh":{"gateways":[]},"features":[{}]}""");

        Assert.Equal(
            [
                "/features/0/name Required",
                "/location Required",
                "/mesh/gateways Required",
                "/networkPlugin InvalidValue",
                "/nodePool/count OutOfRange",
                "/nodePool/size UnknownField",
            ],
            errors.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{"location":"East US 2"}""", "/location InvalidValue")]
    [InlineData("""{"location":7}""", "/location WrongType")]
    [InlineData("""{"location":"eastus2","kubernetesVersion":"v1.34"}""", "/kubernetesVersion InvalidValue")]
    [InlineData(
        """{"location":"eastus2","network":{"vnet":"v","addressPrefix":"10.0.0.1/16","subnet":"s","subnetPrefix":"10.0.1.0/24"}}""",
        "/network/addressPrefix InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","network":{"vnet":"v","addressPrefix":"10.0.0.0/16","subnet":"s","subnetPrefix":"10.1.1.0/24"}}""",
        "/network/subnetPrefix OutOfRange"
    )]
    [InlineData("""{"location":"eastus2","networkPlugin":"kubenet","dataplane":"cilium"}""", "/dataplane InvalidCombination")]
    [InlineData("""{"location":"eastus2","tier":"Base"}""", "/tier InvalidValue")]
    [InlineData("""{"location":"eastus2","sku":"Automatic"}""", "/sku InvalidValue")]
    [InlineData("""{"location":"eastus2","gatewayNamespace":"edge"}""", "/gatewayNamespace InvalidCombination")]
    [InlineData("""{"location":"eastus2","strategy":"gatewayApi","gatewayNamespace":"Edge"}""", "/gatewayNamespace InvalidValue")]
    [InlineData("""{"location":"eastus2","discover":{"ports":["9000"]}}""", "/discover/namespaces Required")]
    [InlineData("""{"location":"eastus2","discover":{"namespaces":["shop"]}}""", "/discover/ports Required")]
    [InlineData("""{"location":"eastus2","discover":{"namespaces":[],"ports":["9000"]}}""", "/discover/namespaces Required")]
    [InlineData("""{"location":"eastus2","discover":{"namespaceSelector":{},"ports":["9000"]}}""", "/discover/namespaceSelector Required")]
    [InlineData(
        """{"location":"eastus2","discover":{"namespaces":["a"],"namespaceSelector":{"a":"b"},"ports":["9000"]}}""",
        "/discover/namespaceSelector InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","discover":{"namespaces":["shop"],"ports":["9009-9000"]}}""", "/discover/ports/0 InvalidValue")]
    [InlineData("""{"location":"eastus2","discover":{"namespaces":["Shop"],"ports":["9000"]}}""", "/discover/namespaces/0 InvalidValue")]
    [InlineData(
        """{"location":"eastus2","discover":{"namespaces":["shop"],"ports":["9000"],"gateways":["external","external"]}}""",
        "/discover/gateways Duplicate"
    )]
    [InlineData("""{"location":"eastus2","upgrades":{"channel":"fast"}}""", "/upgrades/channel InvalidValue")]
    [InlineData(
        """{"location":"eastus2","upgrades":{"channel":"node-image","nodeOsChannel":"None"}}""",
        "/upgrades/nodeOsChannel InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","oidcIssuer":false,"workloadIdentity":true}""", "/workloadIdentity InvalidCombination")]
    [InlineData(
        """{"location":"eastus2","access":{"authorizedIpRanges":["203.0.113.7/24"]}}""",
        "/access/authorizedIpRanges/0 InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","access":{"authorizedIpRanges":["2001:db8::/32"]}}""",
        "/access/authorizedIpRanges/0 InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","access":{"authorizedIpRanges":["203.0.113.7","203.0.113.7/32"]}}""",
        "/access/authorizedIpRanges Duplicate"
    )]
    [InlineData(
        """{"location":"eastus2","access":{"privateCluster":true,"authorizedIpRanges":["203.0.113.0/24"]}}""",
        "/access/authorizedIpRanges InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","access":{"privateDnsZone":"none"}}""", "/access/privateDnsZone InvalidCombination")]
    [InlineData(
        """
            {"location":"eastus2","outboundType":"managedNATGateway",
            "network":{"vnet":"v","addressPrefix":"10.0.0.0/16","subnet":"s","subnetPrefix":"10.0.0.0/24"}}
            """,
        "/outboundType InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","outboundType":"userAssignedNATGateway"}""", "/outboundType InvalidCombination")]
    [InlineData("""{"location":"eastus2","outboundType":"userDefinedRouting"}""", "/outboundType InvalidCombination")]
    [InlineData("""{"location":"eastus2","outboundType":"none"}""", "/outboundType InvalidCombination")]
    [InlineData(
        """{"location":"eastus2","outboundType":"none","access":{"privateCluster":true},"upgrades":{"nodeOsChannel":"Unmanaged"}}""",
        "/outboundType InvalidCombination"
    )]
    [InlineData(
        """
            {"location":"eastus2","outboundType":"userDefinedRouting","networkPlugin":"kubenet",
            "network":{"vnet":"v","addressPrefix":"10.0.0.0/16","subnet":"s","subnetPrefix":"10.0.0.0/24"}}
            """,
        "/identity InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","identity":"mine"}""", "/identity InvalidValue")]
    [InlineData("""{"location":"eastus2","extra":{"KubernetesVersion":"1.34"}}""", "/extra/KubernetesVersion InvalidCombination")]
    [InlineData(
        """{"location":"eastus2","extra":{"networkProfile":{"outboundtype":"none"}}}""",
        "/extra/networkProfile/outboundtype InvalidCombination"
    )]
    [InlineData(
        """{"location":"eastus2","extra":{"windowsProfile":{"adminPassword":"x"}}}""",
        "/extra/windowsProfile/adminPassword InvalidCombination"
    )]
    [InlineData(
        """{"location":"eastus2","extra":{"httpProxyConfig":{"httpProxy":"http://user:secret@10.0.0.4:3128/","noProxy":["localhost"]}}}""",
        "/extra/httpProxyConfig/httpProxy InvalidCombination"
    )]
    [InlineData(
        """{"location":"eastus2","extra":{"addonProfiles":{"azureKeyVaultSecretsProvider":{"enabled":true}}}}""",
        "/extra/addonProfiles/azureKeyVaultSecretsProvider InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","extra":{"a":1,"A":2},"dataplane":"cilium"}""", "/extra/a Duplicate")]
    [InlineData("""{"location":"eastus2","extra":[]}""", "/extra WrongType")]
    [InlineData(
        """{"location":"eastus2","dataplane":"cilium","extra":{"networkProfile":{"networkPolicy":"calico"}}}""",
        "/extra/networkProfile/networkPolicy InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","nodePools":[{}]}""", "/nodePools/0/name Required")]
    [InlineData("""{"location":"eastus2","nodePools":[{"name":"Apps"}]}""", "/nodePools/0/name InvalidValue")]
    [InlineData("""{"location":"eastus2","nodePools":[{"name":"nodepool1"}]}""", "/nodePools Duplicate")]
    [InlineData("""{"location":"eastus2","nodePools":[{"name":"a"},{"name":"a"}]}""", "/nodePools Duplicate")]
    [InlineData("""{"location":"eastus2","nodePools":[{"name":"a","mode":"system","count":0}]}""", "/nodePools/0/count OutOfRange")]
    [InlineData(
        """{"location":"eastus2","nodePools":[{"name":"a","mode":"system","autoscaler":{"min":0,"max":1}}]}""",
        "/nodePools/0/autoscaler OutOfRange"
    )]
    [InlineData(
        """{"location":"eastus2","nodePools":[{"name":"a","count":1,"autoscaler":{"min":0,"max":1}}]}""",
        "/nodePools/0/count InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","nodePools":[{"name":"a","taints":["edge"]}]}""", "/nodePools/0/taints/0 InvalidValue")]
    [InlineData(
        """{"location":"eastus2","nodePools":[{"name":"a","labels":{"kubernetes.io/os":"linux"}}]}""",
        "/nodePools/0/labels/kubernetes.io~1os InvalidValue"
    )]
    [InlineData("""{"location":"eastus2","nodePool":{"zones":["a"]}}""", "/nodePool/zones/0 InvalidValue")]
    [InlineData("""{"location":"eastus2","nodePool":{"zones":["1","1"]}}""", "/nodePool/zones Duplicate")]
    [InlineData("""{"location":"eastus2","nodePool":{"autoscaler":{"min":3}}}""", "/nodePool/autoscaler/max Required")]
    [InlineData("""{"location":"eastus2","nodePool":{"autoscaler":{"min":3,"max":2}}}""", "/nodePool/autoscaler/min InvalidCombination")]
    [InlineData("""{"location":"eastus2","nodePool":{"count":4,"autoscaler":{"min":3,"max":5}}}""", "/nodePool/count InvalidCombination")]
    [InlineData("""{"location":"eastus2","mesh":{"gateways":["external","external"]}}""", "/mesh/gateways Duplicate")]
    [InlineData("""{"location":"eastus2","mesh":{"gateways":["outside"]}}""", "/mesh/gateways/0 InvalidValue")]
    [InlineData("""{"location":"eastus2","features":[{"name":"A"},{"name":"a"}]}""", "/features Duplicate")]
    [InlineData("""{"location":"eastus2","features":[{"name":"A","deadline":"10 minutes"}]}""", "/features/0/deadline InvalidValue")]
    [InlineData("""{"location":"eastus2","features":[{"name":"../../x"}]}""", "/features/0/name InvalidValue")]
    [InlineData("""{"location":"eastus2","access":{"adminGroupObjectIds":["admins"]}}""", "/access/adminGroupObjectIds/0 InvalidValue")]
    [InlineData("""{"location":"eastus2","strategy":"nodePorts"}""", "/strategy InvalidValue")]
    [InlineData("""{"location":"eastus2","connection":"kubeconfig:/etc/passwd"}""", "/connection InvalidValue")]
    [InlineData("""{"location":"eastus2","connection":"kubeconfig:lab","features":[{"name":"F"}]}""", "/features InvalidCombination")]
    [InlineData(
        """{"location":"eastus2","gatewayServices":{"external":{"namespace":"istio-ingress","service":"gateway"}}}""",
        "/gatewayServices/external/selector Required"
    )]
    [InlineData(
        """
            {"location":"eastus2","gatewayServices":{"external":{"namespace":"istio","service":"a","selector":{"istio":"gateway"}},
            "internal":{"namespace":"istio","service":"b","selector":{"istio":"gateway","tier":"inside"}} } }
            """,
        "/gatewayServices/internal InvalidCombination"
    )]
    [InlineData(
        """{"location":"eastus2","gatewayAddresses":{"external":{"publicIp":"a/b"}}}""",
        "/gatewayAddresses/external/publicIp InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","gatewayAddresses":{"external":{"resourceGroup":"net."}}}""",
        "/gatewayAddresses/external/resourceGroup InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","gatewayAddresses":{"external":{"publicIpPrefix":"edge"}}}""",
        "/gatewayAddresses/external/publicIpPrefix InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","gatewayAddresses":{"external":{"dnsLabel":"Edge"}}}""",
        "/gatewayAddresses/external/dnsLabel InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","gatewayAddresses":{"external":{"ipv4":"20.1.2.3"}}}""",
        "/gatewayAddresses/external/ipv4 UnknownField"
    )]
    [InlineData(
        """{"location":"eastus2","mesh":{"gateways":["internal"]},"gatewayAddresses":{"internal":{"ipv4":"10.1"}}}""",
        "/gatewayAddresses/internal/ipv4 InvalidValue"
    )]
    [InlineData(
        """{"location":"eastus2","mesh":{"gateways":["internal"]},"gatewayAddresses":{"internal":{}}}""",
        "/gatewayAddresses/internal/ipv4 Required"
    )]
    [InlineData(
        """{"location":"eastus2","mesh":{"gateways":["internal"]},"gatewayAddresses":{"internal":{"subnet":"gateways"}}}""",
        "/gatewayAddresses/internal/subnet InvalidCombination"
    )]
    [InlineData(
        """{"location":"eastus2","gatewayAddresses":{"internal":{"ipv4":"10.1.2.3"}}}""",
        "/gatewayAddresses/internal InvalidCombination"
    )]
    [InlineData(
        """{"location":"eastus2","connection":"kubeconfig:lab","gatewayAddresses":{"external":{}}}""",
        "/gatewayAddresses InvalidCombination"
    )]
    [InlineData("""{"location":"eastus2","network":{"subnetId":"/subscriptions/x"}}""", "/network/subnetId InvalidValue")]
    [InlineData("""{"location":"eastus2","colour":"blue"}""", "/colour UnknownField")]
    [InlineData("""{"location":"eastus2","tags":{"":"x"}}""", "/tags/ InvalidValue")]
    [InlineData("""{"location":"eastus2","tags":{"a/b":"x"}}""", "/tags/a~1b InvalidValue")]
    [InlineData("""{"location":"eastus2","tags":{"Azure-team":"x"}}""", "/tags/Azure-team InvalidValue")]
    [InlineData("""{"location":"eastus2","tags":{"team":"x","Team":"y"}}""", "/tags Duplicate")]
    [InlineData("""{"location":"eastus2","tags":{"Managed-By":"meshport"}}""", "/tags/Managed-By InvalidValue")]
    [InlineData("[]", " WrongType")]
    public void An_invalid_value_is_refused_with_its_pointer(string json, string error) => Assert.Contains(error, Invalid(json));

    [Theory]
    [InlineData("nodeOs", """{}""", "everyDays Required")]
    [InlineData("nodeOs", """{"everyDays":1,"everyWeeks":1,"dayOfWeek":"Monday"}""", "everyWeeks InvalidCombination")]
    [InlineData("nodeOs", """{"everyWeeks":1}""", "dayOfWeek Required")]
    [InlineData("nodeOs", """{"everyMonths":1}""", "dayOfMonth Required")]
    [InlineData("nodeOs", """{"everyMonths":1,"weekIndex":"Last"}""", "dayOfWeek Required")]
    [InlineData("nodeOs", """{"everyMonths":1,"dayOfMonth":1,"dayOfWeek":"Monday"}""", "dayOfMonth InvalidCombination")]
    [InlineData("nodeOs", """{"everyDays":1,"dayOfWeek":"Monday"}""", "dayOfWeek InvalidCombination")]
    [InlineData("nodeOs", """{"everyWeeks":1,"dayOfWeek":"Monday","dayOfMonth":1}""", "dayOfMonth InvalidCombination")]
    [InlineData("nodeOs", """{"everyWeeks":1,"dayOfWeek":"Monday","weekIndex":"Last"}""", "weekIndex InvalidCombination")]
    [InlineData("releases", """{"everyDays":1}""", "everyWeeks Required")]
    [InlineData("upgrades", """{"everyDays":1}""", "everyDays InvalidCombination")]
    [InlineData("nodeOs", """{"everyDays":1,"startTime":"24:00","durationHours":4}""", "startTime InvalidValue")]
    [InlineData("nodeOs", """{"everyDays":1,"startTime":"02:00","durationHours":3}""", "durationHours OutOfRange")]
    [InlineData("nodeOs", """{"everyDays":1,"utcOffset":"5"}""", "utcOffset InvalidValue")]
    [InlineData("nodeOs", """{"everyDays":1,"startDate":"2026-02-30"}""", "startDate InvalidValue")]
    [InlineData(
        "nodeOs",
        """{"everyDays":1,"notAllowedDates":[{"start":"2026-12-24","end":"2026-12-23"}]}""",
        "notAllowedDates/0/end InvalidCombination"
    )]
    public void A_maintenance_window_has_one_repetition(string window, string fields, string error)
    {
        var spec = JsonNode.Parse($$$"""{"location":"eastus2","maintenance":{"{{{window}}}":{"startTime":"02:00","durationHours":4} } }""");
        foreach (var (name, value) in JsonNode.Parse(fields)?.AsObject() ?? [])
        {
            spec!["maintenance"]![window]![name] = value?.DeepClone(); // parsed above
        }

        Assert.Contains($"/maintenance/{window}/{error}", Invalid(spec?.ToJsonString() ?? ""));
    }

    [Theory]
    [InlineData("not-a-guid", "rg", "c", "/subscriptionId")]
    [InlineData(" 00000000-0000-0000-0000-000000000000", "rg", "c", "/subscriptionId")]
    [InlineData("00000000-0000-0000-0000-000000000000\n", "rg", "c", "/subscriptionId")]
    [InlineData("00000000-0000-0000-0000-000000000000", "rg.", "c", "/resourceGroup")]
    [InlineData("00000000-0000-0000-0000-000000000000", "rg", "-c", "/cluster")]
    [InlineData("00000000-0000-0000-0000-000000000000", "rg", "a/b", "/cluster")]
    public void Ids_are_checked_before_they_reach_a_url(string subscription, string group, string name, string pointer)
    {
        Assert.False(ClusterId.TryCreate(subscription, group, name, out _, out var errors));
        Assert.Equal(pointer, Assert.Single(errors).Pointer);
    }

    [Fact]
    public void Ids_compare_without_regard_to_case_and_share_one_keeper()
    {
        var one = new ClusterId("00000000-0000-0000-0000-00000000000A", "Group", "Cluster");
        var other = new ClusterId("00000000-0000-0000-0000-00000000000a", "group", "cluster");

        Assert.Equal(one, other);
        Assert.Equal(one.KeeperId, other.KeeperId);
        Assert.NotEqual(one.KeeperId, (other with { ResourceGroup = "group2" }).KeeperId);
    }

    [Theory]
    [InlineData("features", 51)]
    [InlineData("tags", 50)]
    [InlineData("access/adminGroupObjectIds", 101)]
    [InlineData("gatewayServices/external/selector", 21)]
    public void Lists_are_limited_so_that_every_store_accepts_the_spec(string field, int count)
    {
        var numbers = Enumerable.Range(0, count).ToList();
        var spec = JsonSerializer.Serialize(
            new
            {
                location = "eastus2",
                features = field == "features" ? numbers.Select(number => new { name = $"F{number}" }) : [],
                tags = field == "tags" ? numbers.ToDictionary(number => $"t{number}", _ => "x") : [],
                access = new
                {
                    adminGroupObjectIds = field.StartsWith("access", StringComparison.Ordinal) ? numbers.Select(_ => Guid.Empty) : [],
                },
                gatewayServices = new
                {
                    external = new
                    {
                        @namespace = "istio",
                        service = "gateway",
                        selector = numbers
                            .Take(field.StartsWith("gateway", StringComparison.Ordinal) ? count : 1)
                            .ToDictionary(number => $"l{number}", _ => "x"),
                    },
                },
            }
        );

        Assert.Equal($"/{field} TooMany", Assert.Single(Invalid(spec)));
    }

    [Fact]
    public void A_tag_value_has_at_most_256_characters()
    {
        Assert.Equal(256, Valid($$$"""{"location":"eastus2","tags":{"a":"{{{new string('x', 256)}}}"}}""").Tags["a"].Length);
        Assert.Equal(
            "/tags/a InvalidValue",
            Assert.Single(Invalid($$$"""{"location":"eastus2","tags":{"a":"{{{new string('x', 257)}}}"}}"""))
        );
    }

    private static ClusterSpec Valid(string json)
    {
        var result = ClusterValidator.Validate(JsonElement.Parse(json));
        Assert.Empty(result.Errors);
        return Assert.IsType<ClusterSpec>(result.Value);
    }

    private static List<string> Invalid(string json)
    {
        var result = ClusterValidator.Validate(JsonElement.Parse(json));
        Assert.Null(result.Value);
        Assert.All(result.Errors, error => Assert.NotEmpty(error.Detail));
        return [.. result.Errors.Select(error => $"{error.Pointer} {error.Code}")];
    }
}
