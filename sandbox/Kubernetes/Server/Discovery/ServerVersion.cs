using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Server.Discovery;

/// <summary><c>/version</c>.</summary>
internal static class ServerVersion
{
    public static JsonObject Of(string kubernetesVersion)
    {
        var parts = kubernetesVersion.Split('.');
        var (major, minor) = (parts[0], parts.Length > 1 ? parts[1] : "0");
        return new JsonObject
        {
            ["major"] = major,
            ["minor"] = minor,
            ["emulationMajor"] = major,
            ["emulationMinor"] = minor,
            ["gitVersion"] = $"v{kubernetesVersion}",
            ["gitCommit"] = "0000000000000000000000000000000000000000",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "2026-01-01T00:00:00Z",
            ["goVersion"] = "go1.24",
            ["compiler"] = "gc",
            ["platform"] = "linux/amd64",
        };
    }
}
