using System.Text;
using CsCheck;
using k8s.Authentication;
using MeshPort.Host.Environments;
using MeshPort.Kubernetes;
using MeshPort.TestKit.Fuzz;
using Xunit;

namespace MeshPort.Functions.Tests.Fuzz;

/// <summary>Environment files and kubeconfigs: YAML that people and other programs write.</summary>
public sealed class YamlFuzzTests
{
    private const string Secret = "c2VjcmV0LW9mLXRoZS1rdWJlY29uZmln";

    private const string Environment = """
        defaults: &probe
          send: "jose\n"
          expect: hello
        subscriptionId: 00000000-0000-0000-0000-000000000000
        resourceGroup: rg
        cluster:
          name: c
          spec: {location: eastus2, nodePool: {count: 2}}
        exposures:
          - name: echo
            spec:
              port: 9000
              backends: [{service: echo, port: 9000}]
              probe: *probe
          - name: two
            spec: {port: 9001, backends: [{service: echo, port: 0x10}], probe: {<<: *probe, timeout: PT5S}}
        """;

    private const string Kubeconfig = $$"""
        apiVersion: v1
        kind: Config
        current-context: x
        clusters:
        - name: c
          cluster: {server: "https://127.0.0.1:1", insecure-skip-tls-verify: true}
        users:
        - name: u
          user: {token: {{Secret}}}
        contexts:
        - name: x
          context: {cluster: c, user: u, namespace: default}
        """;

    private static readonly string Plugin = Kubeconfig.Replace(
        $"{{token: {Secret}}}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: MARK}}",
        StringComparison.Ordinal
    );

    [Fact]
    public void A_damaged_environment_has_errors_with_places() =>
        Fuzzing.Holds(
            Damage.OfText(Environment),
            text =>
            {
                var problems = new List<InputProblem>();
                foreach (var document in YamlDocumentReader.Parse("file.yaml", text, problems))
                {
                    var reading = new EnvironmentReading(document);
                    var environment = EnvironmentValidator.Validate(reading);
                    Assert.True(environment is not null || reading.Problems.Count > 0);
                    Assert.All(reading.Problems, problem => Assert.NotNull(problem.Where));
                    problems.AddRange(reading.Problems);
                }

                Assert.All(problems, problem => Assert.StartsWith("file.yaml", problem.ToString(), StringComparison.Ordinal));
            }
        );

    /// <summary>Each of them would end the process, or take gigabytes.</summary>
    [Theory]
    [InlineData("[", 200_000, "")]
    [InlineData("{a: ", 100_000, "")]
    [InlineData("- ", 100_000, "a")]
    [InlineData("? ", 100_000, "a")]
    public void Deep_YAML_is_refused(string level, int levels, string end)
    {
        var text = string.Concat(Enumerable.Repeat(level, levels)) + end;
        var problems = new List<InputProblem>();

        Assert.Empty(YamlDocumentReader.Parse("file.yaml", text, problems));

        Assert.Contains("64 levels", Assert.Single(problems).ToString(), StringComparison.Ordinal);
        Assert.Throws<InvalidKubeconfigException>(() => KubeconfigText.Read(text, NoToken));
    }

    [Fact]
    public void Aliases_and_long_names_do_not_multiply()
    {
        var laughs =
            "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
            + string.Concat(Enumerable.Range(1, 12).Select(n => $"a{n}: &a{n} [{string.Join(',', Enumerable.Repeat($"*a{n - 1}", 9))}]\n"));
        var merges =
            "a0: &a0 {"
            + string.Join(", ", Enumerable.Range(0, 5_000).Select(n => $"k{n}: 1"))
            + "}\n"
            + $"b: {{<<: [{string.Join(", ", Enumerable.Repeat("*a0", 20_000))}]}}\n";
        var names = $"? {new string('x', 500_000)}\n: [{string.Join(',', Enumerable.Repeat('1', 150_000))}]\n";

        foreach (var text in new[] { laughs, merges, names })
        {
            var (before, problems) = (GC.GetAllocatedBytesForCurrentThread(), new List<InputProblem>());
            Assert.Empty(YamlDocumentReader.Parse("file.yaml", text, problems));
            Assert.Single(problems);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 600L * 1024 * 1024);
        }
    }

    [Fact]
    public void A_damaged_kubeconfig_is_read_or_refused_without_its_content()
    {
        using var directory = new TestDirectory();
        var file = Path.Combine(directory.Path, "kubeconfig");
        var mark = Path.Combine(directory.Path, "mark");
        Fuzzing.Holds(
            Gen.OneOf(
                Damage.OfText(Kubeconfig),
                Damage.OfText(Plugin.Replace("MARK", $"touch, args: [\"{mark}\"]", StringComparison.Ordinal))
            ),
            text =>
            {
                File.WriteAllBytes(file, Encoding.UTF8.GetBytes(text)); // WriteAllText refuses half of a surrogate pair
                foreach (var read in new Action[] { () => KubeconfigText.Read(text, NoToken), () => KubeconfigText.ReadFile(file) })
                {
                    try
                    {
                        read();
                    }
                    catch (InvalidKubeconfigException exception)
                    {
                        Assert.DoesNotContain(Secret[..8], exception.Message, StringComparison.Ordinal);
                    }
                }

                Assert.False(File.Exists(mark), "the plug-in ran");
            }
        );
    }

    [Fact]
    public void A_kubeconfig_that_merges_an_unknown_anchor_is_refused() =>
        Assert.Throws<InvalidKubeconfigException>(() => KubeconfigText.Read("kind: Config\nusers: {<<: *nobody}", NoToken));

    [Fact]
    public void A_plug_in_of_a_kubeconfig_never_runs()
    {
        using var directory = new TestDirectory();
        var (file, mark) = (Path.Combine(directory.Path, "kubeconfig"), Path.Combine(directory.Path, "mark"));
        var text = Plugin.Replace("MARK", $"touch, args: [\"{mark}\"]", StringComparison.Ordinal);
        File.WriteAllText(file, text);

        var refusal = Assert.Throws<InvalidKubeconfigException>(() => KubeconfigText.ReadFile(file));
        var ofAzure = KubeconfigText.Read(text, NoToken);

        Assert.Contains("plug-in", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("https://127.0.0.1:1", ofAzure.Host.TrimEnd('/'));
        Assert.False(File.Exists(mark));
    }

    private static ITokenProvider NoToken() => new StringTokenProvider("t");

    private sealed class StringTokenProvider(string token) : ITokenProvider
    {
        public Task<System.Net.Http.Headers.AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", token));
    }
}
