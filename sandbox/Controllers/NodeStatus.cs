using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// A node as its kubelet reports it, with AKS's resource reservations (https://learn.microsoft.com/azure/aks/node-resource-reservations).
/// </summary>
internal static class NodeStatus
{
    private const int EvictionMiB = 100;
    private const long DiskKiB = 129886128; // an operating system disk of 128 GB
    private const int FirstHost = 4; // Azure reserves the first addresses of a subnet

    private static readonly (string Type, string Reason, string Message)[] Pressures =
    [
        ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ];

    /// <param name="index">Counts all nodes of the cluster.</param>
    public static JsonObject Of(ClusterShape cluster, NodePoolShape pool, string name, int index, string now)
    {
        var (size, image) = (VmSizes.Of(pool.VmSize), NodeImage.Of(pool.OsSku, pool.VmSize));
        var (cores, memory) = (size.Cores, (long)(size.MemoryGib * 1024));
        return new JsonObject
        {
            ["addresses"] = Addresses(cluster, name, index),
            ["allocatable"] = Resources(
                $"{(cores * 1000) - ReservedCpu(cores)}m",
                memory - ReservedMemory(memory, pool.MaxPods) - EvictionMiB,
                $"{DiskKiB * 1024 * 9 / 10}",
                pool.MaxPods
            ),
            ["capacity"] = Resources($"{cores}", memory, $"{DiskKiB}Ki", pool.MaxPods),
            ["conditions"] = new JsonArray([
                .. Pressures.Select(pressure => Condition(pressure.Type, "False", pressure.Reason, pressure.Message, now)),
                Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now),
            ]),
            ["nodeInfo"] = new JsonObject
            {
                ["kubeletVersion"] = $"v{pool.KubernetesVersion}",
                ["operatingSystem"] = image.IsWindows ? "windows" : "linux",
                ["architecture"] = image.IsArm ? "arm64" : "amd64",
                ["osImage"] = image.System,
                ["kernelVersion"] = image.Kernel,
                ["containerRuntimeVersion"] = image.Runtime,
            },
        };
    }

    /// <summary>Null when unknown.</summary>
    public static string? Address(JsonObject node) =>
        node.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == "InternalIP").Text("address");

    /// <summary>In a network that AKS created, nodes are in 10.224.0.0/16. Addresses in a customer's subnet are not simulated.</summary>
    private static JsonArray Addresses(ClusterShape cluster, string name, int index)
    {
        var host = new JsonObject { ["type"] = "Hostname", ["address"] = name };
        var number = index + FirstHost;
        if (cluster.SubnetId is not null)
        {
            return [host];
        }

        var ipv4 = new JsonObject { ["type"] = "InternalIP", ["address"] = $"10.224.{number / 256}.{number % 256}" };
        return cluster.IpFamilies.Count > 1
            ? [ipv4, new JsonObject { ["type"] = "InternalIP", ["address"] = $"fd94:d82e:1bb6:7f::{number:x}" }, host]
            : [ipv4, host];
    }

    private static JsonObject Resources(string cpu, long memory, string disk, int pods) =>
        new()
        {
            ["cpu"] = cpu,
            ["ephemeral-storage"] = disk,
            ["hugepages-1Gi"] = "0",
            ["hugepages-2Mi"] = "0",
            ["memory"] = $"{memory * 1024}Ki",
            ["pods"] = $"{pods}",
        };

    private static int ReservedCpu(int cores) =>
        cores switch
        {
            1 => 60,
            2 => 100,
            _ => 100 + (10 * cores),
        };

    private static long ReservedMemory(long total, int pods) => Math.Min((20 * pods) + 50, total / 4);

    private static JsonObject Condition(string type, string status, string reason, string message, string now) =>
        new()
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["lastHeartbeatTime"] = now,
            ["lastTransitionTime"] = now,
        };
}
