using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>
/// The real Bicep compiler, which knows the schema of every resource type at every api-version. It runs offline, since no file here uses
/// a module registry.
/// </summary>
internal static partial class BicepCompiler
{
    /// <summary>
    /// Compiles a .bicep or .bicepparam file and everything it refers to; the linter's rules are those of the nearest bicepconfig.json.
    /// </summary>
    public static async Task<Compilation> CompileAsync(string path, CancellationToken cancellationToken)
    {
        var command = path.EndsWith(".bicepparam", StringComparison.Ordinal) ? "build-params" : "build";
        return await RunAsync([command, path, "--stdout"], cancellationToken);
    }

    /// <summary>The resources that the deployment of a .bicepparam file creates, with names and loops evaluated.</summary>
    public static async Task<JsonArray> PredictAsync(string path, CancellationToken cancellationToken)
    {
        string[] scope = ["--subscription-id", Guid.Empty.ToString(), "--location", "eastus2"];
        var run = await RunAsync(["snapshot", path, "--mode", "overwrite", .. scope], cancellationToken);
        Assert.True(run.ExitCode == 0, string.Join('\n', run.Diagnostics.Select(diagnostic => diagnostic.Text)));
        var snapshot = await File.ReadAllTextAsync(Path.ChangeExtension(path, ".snapshot.json"), cancellationToken);
        return JsonNode.Parse(snapshot)?["predictedResources"]?.AsArray()
            ?? throw new InvalidDataException($"The snapshot of {path} has no predictedResources.");
    }

    private static async Task<Compilation> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process =
            Process.Start(new ProcessStartInfo(Locate(), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("The Bicep compiler did not start.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
            var template = await output;
            await process.WaitForExitAsync(cancellationToken);
            var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new Compilation(process.ExitCode, template, [.. lines.Select(Parse)]);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static string Locate()
    {
        var path = typeof(BicepCompiler)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .SingleOrDefault(data => data.Key == "BicepCompiler")
            ?.Value;
        Assert.SkipWhen(path is null, "The Bicep compiler is referenced only on Linux on x64.");
        return path ?? "";
    }

    private static Diagnostic Parse(string line) =>
        Shape().Match(line) is { Success: true } match
            ? new Diagnostic(int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture), match.Groups["code"].Value, line)
            : new Diagnostic(0, "", line);

    [GeneratedRegex(@"\((?<line>\d+),\d+\) : \w+ (?<code>[\w-]+):")]
    private static partial Regex Shape();
}

/// <param name="Template">The compiled template, as JSON.</param>
/// <param name="Diagnostics">The whole output of the compiler.</param>
internal sealed record Compilation(int ExitCode, string Template, IReadOnlyList<Diagnostic> Diagnostics);

/// <param name="Line">The line, from 1; 0 without a place.</param>
internal sealed record Diagnostic(int Line, string Code, string Text);
