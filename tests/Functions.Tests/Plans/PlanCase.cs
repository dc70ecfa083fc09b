using System.Text.Json;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Plans;

/// <summary>
/// One case of a plan: a folder with <c>spec.json</c>, as a caller writes it, <c>snapshot.json</c>, other input of the plan, and the
/// expected <c>plan.json</c>. With the environment variable MESHPORT_RECORD_PLANS set, a missing <c>plan.json</c> is written; read it
/// before you commit it.
/// </summary>
internal sealed class PlanCase(string directory)
{
    public static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "istiotest", "istiotest");

    /// <summary>Short names for the beginnings of the long resource ids in the files.</summary>
    private static readonly (string Name, string Path)[] Paths =
    [
        ("{group}", $"/subscriptions/{Cluster.SubscriptionId}/resourceGroups/{Cluster.ResourceGroup}"),
        ("{subscription}", $"/subscriptions/{Cluster.SubscriptionId}"),
    ];

    public static PlanCase Read(string plan, string name) => new(PlanFolder.Of(plan, name));

    public ClusterSpec Spec => PlanFolder.Valid(ClusterValidator.Validate(JsonElement.Parse(Text("spec.json"))));

    /// <returns>The content of the file; null when the file does not exist.</returns>
    public T? Find<T>(string file)
        where T : class => File.Exists(Path.Combine(directory, file)) ? MeshPortJson.Read<T>(Text(file)) : null;

    public T Read<T>(string file)
        where T : class => Assert.IsType<T>(Find<T>(file));

    public void Expect(StepPlan<ArmChange> plan) =>
        PlanFolder.Expect(directory, WithShortIds(PlanText.Of(plan).ToJsonString(PlanFolder.Indented)));

    public static string WithShortIds(string text) =>
        Paths.Aggregate(text, (shorter, path) => shorter.Replace(path.Path, path.Name, StringComparison.Ordinal));

    public static string WithLongIds(string text) =>
        Paths.Aggregate(text, (longer, path) => longer.Replace(path.Name, path.Path, StringComparison.Ordinal));

    private string Text(string file) => WithLongIds(File.ReadAllText(Path.Combine(directory, file)));
}
