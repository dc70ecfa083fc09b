using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Validation;

public sealed class ExposureValidatorTests
{
    [Fact]
    public void The_exposure_of_the_walk_through_is_read()
    {
        var result = ExposureValidator.Validate(
            JsonElement.Parse(
                """
                {"port":9000,"backends":[{"service":"tcpecho","port":9000}],
                 "workload":{"image":"istio/tcp-echo-server:1.1","args":["9000","hello"],"containerPort":9000},
                 "probe":{"send":"jose\n","expect":"hello jose","timeout":"PT3S"}}
                """
            )
        );

        Assert.Empty(result.Errors);
        var spec = Assert.IsType<ExposureSpec>(result.Value);
        Assert.Equal(GatewayKind.External, spec.Gateway);
        Assert.Equal(new BackendSpec("tcpecho", "default", 9000, 100), Assert.Single(spec.Backends));
        Assert.Equal(["9000", "hello"], Assert.IsType<WorkloadSpec>(spec.Workload).Args);
        Assert.Equal(
            new ProbeSpec
            {
                Send = "jose\n",
                Expect = "hello jose",
                Timeout = TimeSpan.FromSeconds(3),
            },
            spec.Probe
        );
        Assert.Equal(
            MeshPortJson.Write(spec),
            MeshPortJson.Write(ExposureValidator.Validate(JsonElement.Parse(MeshPortJson.Write(spec))).Value)
        ); // an answer can be put back
    }

    /// <summary>
    /// An entity of Azure Table Storage holds 1 MiB, with two bytes for each character
    /// (learn.microsoft.com, "Understanding the Table service data model").
    /// </summary>
    [Fact]
    public void The_largest_exposure_fits_into_every_store_and_one_backend_or_argument_more_is_refused()
    {
        var largest = Largest(backends: 100, args: 1_000);
        var spec = Assert.IsType<ExposureSpec>(ExposureValidator.Validate(largest).Value);

        Assert.InRange(MeshPortJson.Write(spec).Length * 2, 600 * 1024, 1000 * 1024);
        Assert.Equal("/backends TooMany", Assert.Single(ErrorsOf(Largest(backends: 101, args: 1_000))));
        Assert.Equal("/workload/args TooMany", Assert.Single(ErrorsOf(Largest(backends: 100, args: 1_001))));

        static IEnumerable<string> ErrorsOf(JsonElement json) =>
            ExposureValidator.Validate(json).Errors.Select(error => $"{error.Pointer} {error.Code}");
    }

    private static JsonElement Largest(int backends, int args)
    {
        var label = new string('a', 63);
        return JsonSerializer.SerializeToElement(
            new
            {
                port = 9000,
                protocol = "TLS",
                sniHosts = Enumerable.Range(0, 50).Select(number => $"{label}.{label}.{label}.{number:00}{new string('b', 59)}"),
                allowedSources = Enumerable.Range(0, 100).Select(number => $"2001:db8:1111:2222:3333:4444:5555:{number:x4}/128"),
                backends = Enumerable
                    .Range(0, backends)
                    .Select(number => new
                    {
                        service = label,
                        @namespace = label,
                        port = 9000,
                        weight = number == 0 ? 100 : 0,
                    }),
                workload = new
                {
                    image = $"a{new string('b', 254)}@sha256:{new string('c', 64)}",
                    args = Enumerable.Range(0, args).Select(number => number == 0 ? new string('\u0001', 64 * 1024) : ""),
                    containerPort = 9000,
                },
                probe = new { send = new string('\u0001', 1024), expect = new string('\u0001', 1024) },
            }
        );
    }

    [Theory]
    [InlineData("""{"port":80,"backends":[{"service":"a","port":1}]}""", "/port ReservedPort")]
    [InlineData("""{"port":443,"backends":[{"service":"a","port":1}]}""", "/port ReservedPort")]
    [InlineData(
        """{"port":443,"protocol":"TLS","tls":{"certificate":{"secret":"a"}},"backends":[{"service":"a"}]}""",
        "/sniHosts Required"
    )]
    [InlineData("""{"port":443,"protocol":"TLS","backends":[{"service":"a"}]}""", "/sniHosts Required")]
    [InlineData(
        """{"port":443,"protocol":"TLS","sniHosts":["a.example"],"adopt":true,"backends":[{"service":"a"}]}""",
        "/adopt InvalidCombination"
    )]
    [InlineData("""{"ports":["440-450"],"backends":[{"service":"a"}]}""", "/ports/0 ReservedPort")]
    [InlineData("""{"port":15021,"backends":[{"service":"a","port":1}]}""", "/port ReservedPort")]
    [InlineData("""{"port":60025,"backends":[{"service":"a","port":1}]}""", "/port ReservedPort")]
    [InlineData("""{"port":0,"backends":[{"service":"a","port":1}]}""", "/port OutOfRange")]
    [InlineData("""{"port":70000,"backends":[{"service":"a","port":1}]}""", "/port OutOfRange")]
    [InlineData("""{"port":"9000","backends":[{"service":"a","port":1}]}""", "/port WrongType")]
    [InlineData("""{"port":9000}""", "/backends Required")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1,"weight":60},{"service":"b","port":1,"weight":60}]}""",
        "/backends InvalidCombination"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1},{"service":"b","port":1}]}""", "/backends/0/weight Required")]
    [InlineData("""{"port":9000,"backends":[{"service":"Not_A_Label","port":1}]}""", "/backends/0/service InvalidValue")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"workload":{"image":"a b","containerPort":1}}""",
        "/workload/image InvalidValue"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS"}""", "/sniHosts Required")]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","sniHosts":[]}""", "/sniHosts Required")]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"sniHosts":["a.example"]}""", "/sniHosts InvalidCombination")]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","sniHosts":["*"]}""", "/sniHosts/0 InvalidValue")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","sniHosts":["a.*.example"]}""",
        "/sniHosts/0 InvalidValue"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","sniHosts":["10.0.0.1"]}""",
        "/sniHosts/0 InvalidValue"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"tls":{"certificate":{"secret":"web"}}}""",
        "/tls InvalidCombination"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":{}}""", "/tls/certificate Required")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":{"mode":"mutual","certificate":{}}}""",
        "/tls/certificate/secret Required"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":{"mode":"passthrough"}}""",
        "/sniHosts Required"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","sniHosts":["a.example"],
             "tls":{"mode":"passthrough","certificate":{"secret":"web"}}}
            """,
        "/tls/certificate InvalidCombination"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","sniHosts":["a.example"],
             "tls":{"mode":"passthrough","minVersion":"1.3"}}
            """,
        "/tls/minVersion InvalidCombination"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":{"certificate":{"secret":"web-cacert"}}}""",
        "/tls/certificate/secret InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":{"certificate":{"secret":"web"},"minVersion":"1.1"}}
            """,
        "/tls/minVersion InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":{"certificate":{"secret":"web"}},
             "probe":{"clientCertificate":{"secret":"probe"}}}
            """,
        "/probe/clientCertificate InvalidCombination"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"secret":"web","keyVault":{"vault":"edge","certificate":"web"}}}}
            """,
        "/tls/certificate/keyVault InvalidCombination"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"keyVault":{"vault":"2edge","certificate":"web"}}}}
            """,
        "/tls/certificate/keyVault/vault InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"keyVault":{"vault":"ed--ge","certificate":"web"}}}}
            """,
        "/tls/certificate/keyVault/vault InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"keyVault":{"vault":"edge","certificate":"a_b"}}}}
            """,
        "/tls/certificate/keyVault/certificate InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"keyVault":{"vault":"edge"}}}}
            """,
        "/tls/certificate/keyVault/certificate Required"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"keyVault":{"vault":"edge","certificate":"web","version":"latest"}}}}
            """,
        "/tls/certificate/keyVault/version InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"certificate":{"keyVault":{"vault":"edge","certificate":"web","tenantId":"contoso.com"}}}}
            """,
        "/tls/certificate/keyVault/tenantId InvalidValue"
    )]
    [InlineData(
        """
            {"port":9000,"backends":[{"service":"a","port":1}],"protocol":"TLS","tls":
             {"mode":"mutual","certificate":{"keyVault":{"vault":"edge","certificate":"web"}}}}
            """,
        "/tls/certificate/keyVault InvalidCombination"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"protocol":"UDP"}""", "/protocol InvalidValue")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"allowedSources":["10.0.0.1/8"]}""",
        "/allowedSources/0 InvalidValue"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"allowedSources":["10.1/16"]}""", "/allowedSources/0 InvalidValue")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"allowedSources":["10.0.0.0/33"]}""",
        "/allowedSources/0 InvalidValue"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"allowedSources":["fe80::1%eth0"]}""",
        "/allowedSources/0 InvalidValue"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"adopt":true,"allowedSources":["10.0.0.0/8"]}""",
        "/adopt InvalidCombination"
    )]
    [InlineData(
        """{"port":9000,"backends":[{"service":"a","port":1}],"adopt":true,"clientAddress":"preserve"}""",
        "/adopt InvalidCombination"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"clientAddress":"hide"}""", "/clientAddress InvalidValue")]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"proxyProtocol":"v2"}""", "/proxyProtocol InvalidCombination")]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"idleTimeout":"PT3M"}""", "/idleTimeout OutOfRange")]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"idleTimeout":"PT31M"}""", "/idleTimeout InvalidValue")]
    [InlineData("""{"port":9000,"backends":[{"service":"db.default.svc.cluster.local","port":1}]}""", "/backends/0/service InvalidValue")]
    [InlineData("""{"port":9000,"backends":[{"service":"10.0.0.1","port":1}]}""", "/backends/0/service InvalidValue")]
    [InlineData(
        """{"port":9000,"backends":[{"service":"db.example.com","port":1}],"workload":{"image":"a","containerPort":1}}""",
        "/backends/0/service InvalidCombination"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a","port":1}],"probe":{"timeout":"PT2M"}}""", "/probe/timeout InvalidValue")]
    public void An_invalid_value_is_refused_with_its_pointer(string json, string error)
    {
        var result = ExposureValidator.Validate(JsonElement.Parse(json));

        Assert.Null(result.Value);
        Assert.Contains(error, result.Errors.Select(found => $"{found.Pointer} {found.Code}"));
    }

    [Fact]
    public void A_gateway_that_ends_tls_needs_no_server_names_and_has_defaults()
    {
        var result = ExposureValidator.Validate(
            JsonElement.Parse(
                """{"port":9443,"protocol":"TLS","tls":{"certificate":{"secret":"web"}},"backends":[{"service":"web","port":80}]}"""
            )
        );

        Assert.Empty(result.Errors);
        Assert.Equal(
            new TlsSpec(TlsMode.Terminate) { Certificate = new CertificateSpec("web"), MinVersion = TlsVersion.Tls12 },
            result.Value?.Tls
        );
    }

    [Fact]
    public void Certificates_of_vaults_have_a_copy_each_whatever_the_case_of_their_names()
    {
        var certificate = new KeyVaultCertificate("edge-certs", "echo");

        Assert.Equal(certificate.SecretName, new KeyVaultCertificate("Edge-Certs", "ECHO").SecretName);
        Assert.StartsWith("meshport-kv-edge-certs-", certificate.SecretName, StringComparison.Ordinal);
        Assert.Equal(
            4,
            new[]
            {
                certificate,
                new KeyVaultCertificate("edge-certs", "other"),
                certificate with
                {
                    Version = "0123456789abcdef0123456789abcdef",
                },
                certificate with
                {
                    TenantId = "33333333-3333-4333-8333-333333333333",
                },
            }
                .Select(one => one.SecretName)
                .Distinct()
                .Count()
        );
    }

    [Fact]
    public void The_name_of_a_secret_leaves_room_for_the_suffix_of_the_authority()
    {
        static int Errors(int length) =>
            ExposureValidator
                .Validate(
                    JsonSerializer.SerializeToElement(
                        new
                        {
                            port = 9443,
                            protocol = "TLS",
                            tls = new { certificate = new { secret = new string('a', length) } },
                            backends = new[] { new { service = "web", port = 80 } },
                        }
                    )
                )
                .Errors.Count;

        Assert.Equal((0, 1), (Errors(246), Errors(247)));
    }

    [Fact]
    public void Hosts_and_sources_are_normalized()
    {
        var result = ExposureValidator.Validate(
            JsonElement.Parse(
                """
                {"port":9443,"protocol":"TLS","sniHosts":["B.example.com","*.a.example.com","b.example.com"],"idleTimeout":"PT20M",
                 "backends":[{"service":"db.example.com","port":5432}],"allowedSources":["2001:DB8:0::/32","203.0.113.7","198.51.100.0/24"]}
                """
            )
        );

        Assert.Empty(result.Errors);
        var spec = Assert.IsType<ExposureSpec>(result.Value);
        Assert.Equal(["*.a.example.com", "b.example.com"], spec.SniHosts);
        Assert.Equal(["198.51.100.0/24", "2001:db8::/32", "203.0.113.7/32"], spec.AllowedSources);
        Assert.Equal(TimeSpan.FromMinutes(20), spec.IdleTimeout);
        Assert.Equal("db.example.com", Assert.Single(spec.Backends).Host);
        Assert.Equal(
            MeshPortJson.Write(spec),
            MeshPortJson.Write(ExposureValidator.Validate(JsonElement.Parse(MeshPortJson.Write(spec))).Value)
        );
    }

    [Theory]
    [InlineData("tcpecho", true)]
    [InlineData("a", true)]
    [InlineData("9echo", false)]
    [InlineData("Echo", false)]
    [InlineData("echo-", false)]
    [InlineData("an-exposure-name-that-is-longer-than-forty1", false)]
    public void Names_are_checked_before_they_reach_a_label(string name, bool good) =>
        Assert.Equal(good, ExposureValidator.Name.Problem(name) is null);

    [Fact]
    public void Port_443_is_for_tls_with_server_names() =>
        Assert.Empty(
            ExposureValidator
                .Validate(JsonElement.Parse("""{"port":443,"protocol":"TLS","sniHosts":["a.example"],"backends":[{"service":"a"}]}"""))
                .Errors
        );

    [Theory]
    [InlineData(25, 60025)]
    [InlineData(1023, 61023)]
    [InlineData(1024, 1024)]
    [InlineData(9000, 9000)]
    public void A_privileged_port_has_a_high_target_port(int port, int target) => Assert.Equal(target, GatewayPort.Target(port));

    [Fact]
    public void No_allowed_port_is_the_target_of_another()
    {
        var exposable = Enumerable.Range(1, 65535).Where(port => GatewayPort.Refusal(port) is null).ToList();

        Assert.Equal(exposable.Count, exposable.Select(GatewayPort.Target).Distinct().Count());
    }
}
