using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// The templates that a StatefulSet or DaemonSet has had, as ControllerRevisions (<c>kubectl rollout history</c> and <c>undo</c>).
/// </summary>
internal sealed class Revisions(ObjectStore store, ObjectWriter writer)
{
    public const string Label = "controller-revision-hash";
    private const string Safe = "bcdfghjklmnpqrstvwxz2456789";
    private const int Kept = 10;
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager");

    /// <summary>By uid, the generation of the owner whose template was kept last, and its hash.</summary>
    private readonly Dictionary<string, (long Generation, string Hash)> _known = [];

    /// <summary>A short name of a pod template in letters that make no words.</summary>
    public static string Hash(JsonNode? template) =>
        string.Concat(
            SHA256.HashData(Encoding.UTF8.GetBytes(template?.ToJsonString() ?? "")).Take(10).Select(digit => Safe[digit % Safe.Length])
        );

    /// <summary>Makes the current template the newest revision.</summary>
    /// <returns>The hash of the current template.</returns>
    public string Keep(ResourceType type, JsonObject owner)
    {
        var generation = owner.Number("metadata", "generation") ?? 0;
        if (_known.TryGetValue(owner.Uid(), out var last) && last.Generation == generation)
        {
            return last.Hash;
        }

        var template = owner.At("spec", "template");
        var hash = Hash(template);
        Store(type, owner, template, hash);
        _known[owner.Uid()] = (generation, hash);
        return hash;
    }

    private void Store(ResourceType type, JsonObject owner, JsonNode? template, string hash)
    {
        var name = $"{owner.Name()}-{hash}";
        var known = store
            .List(ResourceCatalog.ControllerRevision, owner.Namespace())
            .Where(revision => Owned.Owner(revision) == owner.Uid())
            .OrderBy(Number)
            .ToArray();
        var next = known.Length == 0 ? 1 : Number(known[^1]) + 1;
        if (Array.Find(known, revision => revision.Name() == name) is not { } found)
        {
            writer.Create(ResourceCatalog.ControllerRevision, Revision(type, owner, template, name, hash, next), Options);
        }
        else if (found != known[^1])
        {
            writer.Change(ResourceCatalog.ControllerRevision, found, live => live["revision"] = next);
        }

        var limit = (int)(owner.Number("spec", "revisionHistoryLimit") ?? Kept);
        foreach (var old in known.Where(revision => revision.Name() != name).SkipLast(limit))
        {
            writer.Delete(ResourceCatalog.ControllerRevision, old.Namespace(), old.Name());
        }
    }

    private static long Number(JsonObject revision) => revision.Number("revision") ?? 0;

    private static JsonObject Revision(ResourceType type, JsonObject owner, JsonNode? template, string name, string hash, long number)
    {
        var content = template?.DeepClone() as JsonObject ?? [];
        content["$patch"] = "replace";
        var labels = template.At("metadata", "labels")?.DeepClone() as JsonObject ?? [];
        labels[Label] = hash;
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = owner.Namespace(),
                ["labels"] = labels,
                ["ownerReferences"] = Owned.By(type, owner),
            },
            ["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = content } },
            ["revision"] = number,
        };
    }
}
