using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Numbers with a minimum and a maximum in the published specification of AKS.</summary>
internal static class SettingRanges
{
    /// <param name="prefix">Begins the target of the error: <c>networkProfile</c>.</param>
    public static void Check(JsonObject body, string prefix, double least, double most, params string[] path)
    {
        if (body.Number(path) is { } number && (number < least || number > most))
        {
            var target = $"{prefix}.{string.Join('.', path)}";
            throw ArmErrors.InvalidParameter(
                target,
                $"The value of parameter {target} is invalid: {number}. It must be {least} to {most}."
            );
        }
    }
}
