using System.Text.Json.Nodes;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The properties of a managed cluster that the spec does not name (<see cref="Model.ClusterSpec.Extra"/>), pure. Objects are merged; a
/// list or a value replaces the one of the cluster. Property names of Azure Resource Manager have no case.
/// </summary>
internal static class ExtraProperties
{
    /// <param name="properties">Of a new cluster, or of one that exists.</param>
    /// <returns>Whether the cluster had other values.</returns>
    public static bool Write(JsonObject properties, JsonObject? extra)
    {
        var differs = false;
        foreach (var (name, wanted) in extra ?? [])
        {
            var known = properties.Select(property => property.Key).FirstOrDefault(key => ManagedClusterBody.Same(key, name)) ?? name;
            differs |= wanted switch
            {
                null => false, // as if it was not written
                JsonObject child => WriteChild(properties, known, child),
                _ => ClusterOptions.Set(properties, [known], wanted.DeepClone()),
            };
        }

        return differs;
    }

    private static bool WriteChild(JsonObject properties, string name, JsonObject extra)
    {
        var child = properties[name] as JsonObject ?? [];
        if (!Write(child, extra))
        {
            return false;
        }

        if (child.Parent is null)
        {
            properties[name] = child;
        }

        return true;
    }
}
