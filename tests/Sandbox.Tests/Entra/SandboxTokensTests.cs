using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Entra;

public sealed class SandboxTokensTests
{
    private static readonly TokenIdentity Ann = new("oid", "ann", ["group"]) { ApplicationId = "app" };
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("https://management.azure.com")]
    [InlineData("https://management.azure.com/")]
    [InlineData("https://management.core.windows.net/")]
    public void Every_name_of_resource_manager_is_an_audience_of_it(string audience)
    {
        var tokens = new SandboxTokens(_time, new SigningKey());

        Assert.NotNull(tokens.Check(tokens.Issue(audience, Ann), SandboxTokens.ResourceManagerAudience, out _));
        Assert.Null(tokens.Check(tokens.Issue(audience, Ann), SandboxTokens.KubernetesAudience, out _));
    }

    [Fact]
    public void A_token_is_valid_from_its_issue_until_its_expiry()
    {
        var tokens = new SandboxTokens(_time, new SigningKey());
        var token = tokens.Issue(SandboxTokens.KubernetesAudience, Ann);

        Assert.Equal("app", tokens.Check(token, SandboxTokens.KubernetesAudience, out _)?.ApplicationId);
        _time.Now -= TimeSpan.FromMinutes(1);
        Assert.Null(tokens.Check(token, SandboxTokens.KubernetesAudience, out var early));
        _time.Now += SandboxTokens.Lifetime + TimeSpan.FromMinutes(2);
        Assert.Null(tokens.Check(token, SandboxTokens.KubernetesAudience, out var late));
        Assert.Contains("not valid yet", early, StringComparison.Ordinal);
        Assert.Contains("expiry", late, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_of_another_issuer_or_with_other_claims_is_refused()
    {
        var tokens = new SandboxTokens(_time, new SigningKey());
        var others = new SandboxTokens(_time, new SigningKey());
        var parts = tokens.Issue(SandboxTokens.KubernetesAudience, Ann).Split('.');
        var forged = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes("{\"oid\":\"root\"}"))}.{parts[2]}";

        Assert.Null(tokens.Check(others.Issue(SandboxTokens.KubernetesAudience, Ann), SandboxTokens.KubernetesAudience, out _));
        Assert.Null(tokens.Check(forged, SandboxTokens.KubernetesAudience, out _));
    }

    [Fact]
    public void The_published_keys_validate_a_token()
    {
        var tokens = new SandboxTokens(_time, new SigningKey());
        var parts = tokens.Issue(SandboxTokens.KubernetesAudience, Ann).Split('.');
        var key = tokens.PublicKeys["keys"]![0]!;
        using var rsa = RSA.Create(
            new RSAParameters
            {
                Modulus = Base64Url.DecodeFromChars(key["n"]!.GetValue<string>()),
                Exponent = Base64Url.DecodeFromChars(key["e"]!.GetValue<string>()),
            }
        );

        Assert.True(
            rsa.VerifyData(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[2]),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
        );
    }

    private sealed class ManualTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
