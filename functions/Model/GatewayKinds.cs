namespace MeshPort.Model;

internal static class GatewayKinds
{
    /// <summary>The kind as specs write it: <c>external</c>.</summary>
    public static string Text(this GatewayKind gateway) => gateway.ToString().ToLowerInvariant();
}
