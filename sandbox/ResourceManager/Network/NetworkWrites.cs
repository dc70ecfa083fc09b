using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>
/// Common handling of writes to the network provider: checks, the lock on the top-level resource, and a long-running operation of some
/// seconds.
/// </summary>
internal sealed class NetworkWrites(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
{
    /// <summary>Hidden from clients: the resource is not in effect yet.</summary>
    public const string New = "$new";

    private static readonly TimeSpan Takes = TimeSpan.FromSeconds(10);

    /// <param name="lockedId">The top-level resource. Only one of its parts can change at a time.</param>
    public void Begin(ArmRequest request, string lockedId)
    {
        registrations.Require(request, ResourceTypes.Network);
        resources.RequireWritableGroup(request);
        if (operations.RunningOn(lockedId) is not null)
        {
            throw new ArmException(
                429,
                "RetryableErrorDueToAnotherOperation",
                $"Operation on resource {lockedId} is being blocked by another operation. Please retry."
            )
            {
                ByProvider = true,
                RetryAfter = 1,
            };
        }
    }

    /// <summary>Stores the resource as updating and announces the operation.</summary>
    public ArmAnswer Save(
        ArmRequest request,
        string kind,
        string id,
        string location,
        JsonObject document,
        Func<JsonObject, JsonObject> view
    )
    {
        var existing = resources.Get(id);
        var operation = operations.Start($"{kind}/write", id, ResourceTypes.Network, location, Takes);
        document["etag"] = NextEtag(id);
        document.Ensure("properties")["provisioningState"] = "Updating";
        if (existing is null || existing[New] is not null)
        {
            document[New] = true;
        }

        resources.Put(id, document);
        return OperationAnswers.Announce(new ArmAnswer(existing is null ? 201 : 200, view(document)), request, operation);
    }

    public ArmAnswer Remove(ArmRequest request, string kind, string id, string location)
    {
        if (resources.Get(id) is not { } document)
        {
            return new ArmAnswer(204);
        }

        var operation = operations.Start($"{kind}/delete", id, ResourceTypes.Network, location, Takes);
        document.Ensure("properties")["provisioningState"] = "Deleting";
        resources.Put(id, document);
        return OperationAnswers.Announce(new ArmAnswer(202), request, operation, withLocation: true);
    }

    /// <summary>Registers how operations on a kind of resource end.</summary>
    public void EndOperationsOf(string kind)
    {
        operations.WhenDue($"{kind}/write", (operation, _) => Complete(operation.Target));
        operations.WhenDue($"{kind}/delete", (operation, _) => Forget(operation.Target));
    }

    public string NextEtag(string id) => $"W/\"{operations.Ids.NewGuid($"etag/{id}")}\"";

    /// <summary>The document of a child that was written inline with its parent.</summary>
    public JsonObject InlineChild(string id, string type, JsonObject item, bool isNew) =>
        new()
        {
            ["name"] = id[(id.LastIndexOf('/') + 1)..],
            ["id"] = id,
            ["type"] = type,
            ["etag"] = NextEtag(id),
            ["properties"] = Updating(item.Properties()),
            [New] = isNew ? true : null,
        };

    private static JsonObject Updating(JsonObject properties)
    {
        var copy = (JsonObject)properties.DeepClone();
        copy["provisioningState"] = "Updating";
        return copy;
    }

    private Task Complete(string id)
    {
        lock (operations.Gate)
        {
            foreach (
                var (key, document) in resources
                    .Below(id)
                    .Select(entry => (entry.Id, entry.Document))
                    .Concat(resources.Get(id) is { } own ? [(id, own)] : [])
            )
            {
                document.Ensure("properties")["provisioningState"] = "Succeeded";
                document["etag"] = NextEtag(key);
                document.Remove(New);
                resources.Put(key, document);
            }
        }

        return Task.CompletedTask;
    }

    private Task Forget(string id)
    {
        lock (operations.Gate)
        {
            foreach (var (key, _) in resources.Below(id))
            {
                resources.Delete(key);
            }

            resources.Delete(id);
        }

        return Task.CompletedTask;
    }
}
