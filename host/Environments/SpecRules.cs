using System.Text.Json;
using MeshPort.Model;
using MeshPort.Validation;

namespace MeshPort.Host.Environments;

/// <summary>The product's validators, so that a file is rejected for the same reasons as an API request.</summary>
internal static class SpecRules
{
    public static IReadOnlyList<FieldError> Cluster(JsonElement spec) => ClusterValidator.Validate(spec).Errors;

    public static IReadOnlyList<FieldError> Exposure(JsonElement spec) => ExposureValidator.Validate(spec).Errors;

    /// <summary>Returns the error of an exposure's name, or null.</summary>
    public static string? ExposureName(string name) => ExposureValidator.Name.Problem(name);

    /// <summary>Returns the error of one part of a cluster's id, or null. The other parts are assumed valid.</summary>
    public static string? ClusterIdPart(string? subscriptionId, string? resourceGroup, string? cluster) =>
        ClusterId.Problem(subscriptionId, resourceGroup, cluster);
}
