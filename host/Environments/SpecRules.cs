using System.Text.Json;
using MeshPort.Model;
using MeshPort.Validation;

namespace MeshPort.Host.Environments;

/// <summary>The product's own validators, so that a file is refused for exactly the reasons for which the API would refuse it.</summary>
internal static class SpecRules
{
    public static IReadOnlyList<FieldError> Cluster(JsonElement spec) => ClusterValidator.Validate(spec).Errors;

    public static IReadOnlyList<FieldError> Exposure(JsonElement spec) => ExposureValidator.Validate(spec).Errors;

    /// <summary>What is wrong with an exposure's name, or null.</summary>
    public static string? ExposureName(string name) => ExposureValidator.Name(name);

    /// <summary>What is wrong with one of the parts of a cluster's id, or null; the other parts are taken to be right.</summary>
    public static string? ClusterIdPart(string? subscriptionId, string? resourceGroup, string? cluster)
    {
        ClusterId.TryCreate(subscriptionId ?? Guid.Empty.ToString("D"), resourceGroup ?? "any", cluster ?? "any", out _, out var errors);
        return errors is [var error, ..] ? error.Detail : null;
    }
}
