using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;

namespace MeshPort.Sandbox.ResourceManager.Subscriptions;

/// <summary>Resource groups. A deletion includes all their resources.</summary>
internal sealed partial class ResourceGroupApi(
    ResourceStore resources,
    ArmOperations operations,
    IClusterFleet fleet,
    IResourceEvents events
)
{
    private const string Type = "Microsoft.Resources/resourceGroups";
    private const string Path = "/subscriptions/{subscription}/resourceGroups/{group}";
    private const string DeleteKind = "resourceGroups/delete";
    private static readonly TimeSpan Emptying = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EmptyingWithClusters = TimeSpan.FromMinutes(4);

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/resourceGroups", List);
        routes.Map("PUT", Path, Put);
        routes.Map("PATCH", Path, Patch);
        routes.Map("GET", Path, request => ArmAnswer.Ok(resources.RequireGroup(request)));
        routes.Map("HEAD", Path, request => new ArmAnswer(resources.GetGroup(request.GroupId) is null ? 404 : 204));
        routes.Map("DELETE", Path, Delete);
        operations.WhenDue(DeleteKind, EmptyAsync);
    }

    private ArmAnswer List(ArmRequest request) =>
        ArmAnswer.Page(
            request,
            resources
                .Groups($"/subscriptions/{request.Subscription}/")
                .Select(group => group.Document)
                .Where(ListFilter.Parse(request.Query("$filter")))
        );

    private ArmAnswer Put(ArmRequest request)
    {
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        if (!GroupName().IsMatch(request.Group) || request.Group.EndsWith('.'))
        {
            throw new ArmException(
                400,
                "InvalidResourceGroup",
                $"The provided resource group name '{request.Group}' has these invalid characters or is too long."
            );
        }

        var existing = resources.GetGroup(request.GroupId);
        if (existing is not null)
        {
            if (resources.RequireWritableGroup(request).Text("location") is { } before && before != location)
            {
                throw new ArmException(
                    409,
                    "InvalidResourceGroupLocation",
                    $"Invalid resource group location '{location}'. The Resource group already exists in location '{before}'."
                );
            }
        }

        var group = Describe(
            existing?.Text("id") ?? request.GroupId,
            existing?.Text("name") ?? request.Group,
            location,
            request.Body.Object("tags")
        );
        if ((request.Body.Text("managedBy") ?? existing?.Text("managedBy")) is { } manager)
        {
            group["managedBy"] = manager;
        }

        resources.PutGroup(request.GroupId, group);
        return new ArmAnswer(existing is null ? 201 : 200, group);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        var group = resources.RequireWritableGroup(request);
        group["tags"] = request.Body.Object("tags")?.DeepClone() ?? group["tags"]?.DeepClone();
        resources.PutGroup(request.GroupId, group);
        return ArmAnswer.Ok(group);
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var group = resources.RequireGroup(request);
        if (
            operations.Running.FirstOrDefault(running =>
                running.Kind == DeleteKind && string.Equals(running.Target, request.GroupId, StringComparison.OrdinalIgnoreCase)
            ) is
            { } already
        )
        {
            return OperationAnswers.AnnounceJob(request, already);
        }

        var takes = resources.Children(ManagedClusterApi.Collection(request.GroupId)).Count > 0 ? EmptyingWithClusters : Emptying;
        var operation = operations.Start(DeleteKind, request.GroupId, "", group.Text("location") ?? "", takes);
        group.Ensure("properties")["provisioningState"] = "Deleting";
        resources.PutGroup(request.GroupId, group);
        return OperationAnswers.AnnounceJob(request, operation);
    }

    private async Task EmptyAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        var clusters = resources.Children(ManagedClusterApi.Collection(operation.Target));
        foreach (var (id, _) in clusters)
        {
            await fleet.RemoveAsync(id, cancellationToken);
        }

        lock (operations.Gate)
        {
            foreach (
                var running in operations.Running.Where(running =>
                    running.Target.StartsWith(operation.Target + "/", StringComparison.OrdinalIgnoreCase)
                )
            )
            {
                operations.End(running, "Canceled", "OperationPreempted", "The resource group is being deleted.");
            }

            var nodeGroups = new NodeGroupResources(resources);
            foreach (var (id, cluster) in clusters)
            {
                nodeGroups.Remove(id, cluster);
            }

            foreach (var (id, _) in resources.Below(operation.Target))
            {
                events.DeletedWith(operation, id);
                resources.Delete(id);
            }

            resources.DeleteGroup(operation.Target);
        }
    }

    public static JsonObject Describe(string id, string name, string location, JsonObject? tags) =>
        new()
        {
            ["id"] = id,
            ["name"] = name,
            ["type"] = Type,
            ["location"] = location,
            ["tags"] = tags?.DeepClone() ?? new JsonObject(),
            ["properties"] = new JsonObject { ["provisioningState"] = "Succeeded" },
        };

    [GeneratedRegex(@"^[\w\-.()]{1,90}$")]
    private static partial Regex GroupName();
}
