using CsCheck;
using k8s.Models;
using MeshPort.Access;
using MeshPort.Arm;
using MeshPort.Kubernetes;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using MeshPort.TestKit.Fuzz;
using Xunit;

namespace MeshPort.Functions.Tests.Fuzz;

/// <summary>Credentials: access tokens of callers, and certificates of gateways.</summary>
public sealed class TokenFuzzTests
{
    private const string Audience = "api://meshport";

    [Fact]
    public async Task A_damaged_token_is_refused_without_its_content()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions(), TestContext.Current.CancellationToken);
        var access = new AccessOptions { TenantId = sandbox.TenantId, Authority = sandbox.AuthorityHost };
        using var check = new EntraTokenCheck(access, new AzureOptions { CertificateAuthority = sandbox.CertificateAuthorityPem });
        var good = sandbox.World.Tokens.Issue(Audience, new TokenIdentity("11111111-2222-3333-4444-555555555555", "Jose", []));
        var signature = good.Split('.')[2];
        Assert.NotNull((await check.CheckAsync($"Bearer {good}", [Audience], TestContext.Current.CancellationToken)).Caller);

        await Fuzzing.HoldsAsync(
            Damage.OfText($"Bearer {good}"),
            async text =>
            {
                var result = await check.CheckAsync(text, [Audience], TestContext.Current.CancellationToken);
                if (result.Caller is not null)
                {
                    Assert.Equal(good, text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1].Trim());
                }
                else
                {
                    Assert.NotEmpty(result.Problem);
                    Assert.DoesNotContain(signature[..12], result.Problem, StringComparison.Ordinal);
                }
            }
        );
    }

    [Fact]
    public void A_damaged_certificate_is_read_or_has_a_problem_without_its_content()
    {
        using var authority = new TestAuthority();
        var certificate = authority.Issue(["shop.example.com"]);
        var (chain, key) = (certificate.Certificate, certificate.Key);
        var secret = key.Split('\n')[1];
        Fuzzing.Holds(
            Gen.Select(Damage.OfText(chain), Damage.OfText(key), Gen.Bool)
                .Select(parts => parts.Item3 ? $"{parts.Item1}\u0001{key}" : $"{chain}\u0001{parts.Item2}"),
            text =>
            {
                var parts = text.Split('\u0001', 2);
                var data = new Dictionary<string, byte[]>
                {
                    ["tls.crt"] = System.Text.Encoding.UTF8.GetBytes(parts[0]),
                    ["tls.key"] = System.Text.Encoding.UTF8.GetBytes(parts[1]),
                    ["ca.crt"] = System.Text.Encoding.UTF8.GetBytes(parts[0]),
                };
                var read = TlsSecret.Of(
                    new V1Secret
                    {
                        Metadata = new V1ObjectMeta { Name = "tls" },
                        Data = data,
                    },
                    null,
                    keepsKey: true
                );
                read.Identity?.Dispose();
                Assert.Equal(read.Problem is null, read.Certificate is not null);
                Assert.DoesNotContain(secret, $"{read.Problem}{read.AuthorityProblem}", StringComparison.Ordinal);
            }
        );
    }
}
