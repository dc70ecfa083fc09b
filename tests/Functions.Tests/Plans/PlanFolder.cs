using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Plans;

/// <summary>The folders of plan cases, one for each case, with the expected plan in <c>plan.json</c>.</summary>
internal static class PlanFolder
{
    public static readonly JsonSerializerOptions Indented = new(MeshPortJson.Options) { WriteIndented = true };

    /// <param name="plan">The folder of the cases, such as <c>Network/Plan</c>.</param>
    public static TheoryData<string> Names(string plan) =>
        [.. Directory.GetDirectories(Of(plan)).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    public static string Of(string plan, string name = "") => Path.Combine(Repository.Root, "tests", "Functions.Tests", plan, name);

    /// <summary>Compares a plan with the expected one. MESHPORT_RECORD_PLANS writes a missing file; read it before you commit it.</summary>
    public static void Expect(string directory, string actual)
    {
        var file = Path.Combine(directory, "plan.json");
        if (!File.Exists(file) && Environment.GetEnvironmentVariable("MESHPORT_RECORD_PLANS") is not null)
        {
            File.WriteAllText(file, actual + "\n");
        }

        Assert.Equal(File.ReadAllText(file).TrimEnd(), actual);
    }

    public static T Valid<T>(Validated<T> result)
        where T : class
    {
        Assert.Empty(result.Errors);
        return Assert.IsType<T>(result.Value);
    }
}
