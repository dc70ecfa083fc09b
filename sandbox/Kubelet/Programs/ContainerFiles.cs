using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>The files of one cluster's containers that have a shell, in memory while the pod exists.</summary>
internal sealed class ContainerFiles
{
    private readonly ConcurrentDictionary<(string Pod, string Container), FileTree> _trees = [];
    private readonly TimeProvider _clock;

    public ContainerFiles(ObjectStore store, TimeProvider clock)
    {
        _clock = clock;
        store.Changed += change =>
        {
            if (change.Deleted && change.Key.Type == ResourceCatalog.Pod && !_trees.IsEmpty)
            {
                Forget(change.Object.Uid());
            }
        };
    }

    public FileTree Of(JsonObject pod, JsonNode container) => _trees.GetOrAdd((pod.Uid(), container.Text("name") ?? ""), _ => NewTree(pod));

    private void Forget(string pod)
    {
        foreach (var key in _trees.Keys.Where(key => key.Pod == pod))
        {
            _trees.TryRemove(key, out _);
        }
    }

    private FileTree NewTree(JsonObject pod)
    {
        var tree = new FileTree(_clock);
        foreach (var directory in new[] { "/bin", "/etc", "/home", "/root", "/tmp", "/usr", "/var" })
        {
            tree.MakeDirectory(directory, withParents: false);
        }

        foreach (var (path, text) in Texts(pod))
        {
            tree.Write(path, Encoding.UTF8.GetBytes(text));
        }

        return tree;
    }

    private static IEnumerable<(string Path, string Text)> Texts(JsonObject pod) =>
        [
            ("/etc/hostname", $"{pod.Name()}\n"),
            (
                "/etc/hosts",
                $"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{pod.Text("status", "podIP") ?? "10.244.0.1"}\t{pod.Name()}\n"
            ),
            (
                "/etc/resolv.conf",
                $"search {pod.Namespace()}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n"
            ),
            ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ];
}
