using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Model;

namespace MeshPort.Host.Planning;

/// <summary>Writes a plan for people: a mark for each change, and the fields that differ.</summary>
internal sealed class PlanText(TextWriter output, Paint paint)
{
    private const int LongestValue = 80;

    public void Write(EnvironmentPlan plan)
    {
        foreach (var cluster in plan.Clusters)
        {
            output.WriteLine(paint.Strong($"Cluster {cluster.Id.Name} in resource group {cluster.Id.ResourceGroup}"));
            WriteChanges(cluster.Id, cluster.Changes);
            if (cluster.Kept.Count > 0)
            {
                output.WriteLine(
                    paint.Faint($"    {string.Join(", ", cluster.Kept)}: not in the file, and kept. With --prune they are removed.")
                );
            }

            output.WriteLine();
        }

        output.WriteLine(
            plan.HasChanges
                ? $"Plan: {plan.Count("create")} to create, {plan.Count("update")} to update, {plan.Count("delete")} to delete"
                    + (plan.Count("unknown") is var unknown and > 0 ? $", {unknown} not known." : ".")
                : "Nothing to change."
        );
    }

    public void WriteChanges(ClusterId cluster, IEnumerable<ChangeView> changes)
    {
        foreach (var change in changes)
        {
            var head = $"{Name(cluster, change.Target)}  {paint.Faint(change.Why)}";
            output.WriteLine(
                change.Action switch
                {
                    "create" => $"  {paint.Added("+")} {head}",
                    "update" => $"  {paint.Changed("~")} {head}",
                    "delete" => $"  {paint.Removed("-")} {head}",
                    "unknown" => $"  {paint.Changed("?")} {head}",
                    _ => $"    {head}",
                }
            );
            foreach (var difference in change.Diff.SelectMany(Leaves).Where(_ => change.Action is "update" or "delete" || IsOurs(change)))
            {
                WriteDifference(difference);
            }
        }
    }

    private void WriteDifference(DifferenceView difference)
    {
        var field = FieldPath.From(difference.Pointer);
        output.WriteLine(
            (Value(difference.Before), Value(difference.After)) switch
            {
                (null, { } added) => paint.Added($"      + {field}: {added}"),
                ({ } removed, null) => paint.Removed($"      - {field}: {removed}"),
                var (before, after) => paint.Changed($"      ~ {field}: {before} -> {after}"),
            }
        );
    }

    /// <summary>Objects are listed by their fields.</summary>
    private static IEnumerable<DifferenceView> Leaves(DifferenceView difference) =>
        (difference.Before, difference.After) switch
        {
            (null or { ValueKind: JsonValueKind.Null }, { ValueKind: JsonValueKind.Object } added) => added
                .EnumerateObject()
                .SelectMany(field => Leaves(new DifferenceView($"{difference.Pointer}/{field.Name}", null, field.Value))),
            _ => [difference],
        };

    private static string? Value(JsonElement? value) =>
        value is not { } some || some.ValueKind == JsonValueKind.Null ? null
        : JsonText.WriteLine(some) is { Length: > LongestValue } text ? $"{text[..LongestValue]}..."
        : JsonText.WriteLine(some);

    /// <summary>The specs of MeshPort's resources are short; the bodies of new objects in Azure are only in the JSON.</summary>
    private static bool IsOurs(ChangeView change) => change.Target.StartsWith("/api/", StringComparison.Ordinal);

    private static string Name(ClusterId cluster, string target) =>
        target == cluster.Path ? $"cluster {cluster.Name}"
        : target.StartsWith(cluster.Path + "/exposures/", StringComparison.OrdinalIgnoreCase)
            ? $"exposure {target[(cluster.Path.Length + "/exposures/".Length)..]}"
        : target.StartsWith(cluster.Path, StringComparison.OrdinalIgnoreCase) ? "exposures"
        : target.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase)
            ? string.Join('/', target.Split('/').Skip(target.Contains("/providers/", StringComparison.OrdinalIgnoreCase) ? 6 : 3))
        : target;
}
