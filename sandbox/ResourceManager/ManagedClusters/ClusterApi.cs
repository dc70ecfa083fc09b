using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>AKS clusters: create and update by PUT of the whole resource, tags by PATCH, all as long-running operations that exclude one another.</summary>
internal sealed partial class ClusterApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations, ClusterFleet fleet)
{
    public const string Type = "Microsoft.ContainerService/managedClusters";
    public const string CreateKind = "managedClusters/create";
    private const string UpdateKind = "managedClusters/update";
    private const string DeleteKind = "managedClusters/delete";

    // Hidden from clients: the id as it was first spelled, which is the one that the Kubernetes side knows.
    private const string Spelling = "$id";
    private const string Path = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;

    // What the real operations take, roughly (reference domain.md, section 10.1).
    private static readonly TimeSpan Creating = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ChangingTheMesh = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Updating = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Deleting = TimeSpan.FromMinutes(4);

    public static string Collection(string groupId) => $"{groupId}/providers/{Type}";

    /// <summary>The resource group in which AKS keeps a cluster's nodes.</summary>
    public static string NodeGroupId(string id, JsonObject cluster) =>
        $"/subscriptions/{id.Split('/')[2]}/resourceGroups/{cluster.Text("properties", "nodeResourceGroup")}";

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/providers/" + Type, request => ArmAnswer.Page(resources.OfType(request.Subscription, Type).Select(entry => ResourceStore.View(entry.Document))));
        routes.Map("GET", Path, List);
        routes.Map("GET", Path + "/{name}", request => ArmAnswer.Ok(ResourceStore.View(Require(request))));
        routes.Map("PUT", Path + "/{name}", Put);
        routes.Map("PATCH", Path + "/{name}", Patch);
        routes.Map("DELETE", Path + "/{name}", Delete);
        routes.Map("GET", Path + "/{name}/agentPools", request => ArmAnswer.Page(Pools(Require(request)).Select(pool => DescribePool(request, pool))));
        routes.Map("GET", Path + "/{name}/agentPools/{child}", GetPool);
        operations.WhenDue(CreateKind, SettleAsync);
        operations.WhenDue(UpdateKind, SettleAsync);
        operations.WhenDue(DeleteKind, RemoveAsync);
    }

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(resources.Children(Collection(request.GroupId)).Select(entry => ResourceStore.View(entry.Document)));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.ContainerService);
        resources.RequireLivingGroup(request);
        var before = resources.Get(Id(request));
        var id = before?.Text(Spelling) ?? Id(request);
        ClusterPreconditions.CheckPut(request, before?.Text("eTag") ?? (before is null ? null : ""));
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        CheckName(request.Name);
        if (before is not null)
        {
            ResourceStore.RequireSameLocation(before, location, request.Name, request.Group, Type);
            CheckState(request.Body, before);
            RefuseWhileBusy(id, before);
        }

        var properties = ClusterDefaults.Fill(id, before?.Text("name") ?? request.Name, request.Group, location, request.Body.Properties(), before?.Object("properties"));
        var mesh = MeshProfile.Resolve(request.Body.Object("properties", "serviceMeshProfile"), before?.Object("properties", "serviceMeshProfile"), properties.Text("currentKubernetesVersion") ?? "");
        properties.Remove("serviceMeshProfile");
        if (mesh is not null)
        {
            properties["serviceMeshProfile"] = mesh;
        }

        new ClusterRules(resources).Check(location, properties, before?.Object("properties"));
        return before is null ? Create(request, id, location, properties) : Update(request, id, before, properties);
    }

    private ArmAnswer Create(ArmRequest request, string id, string location, JsonObject properties)
    {
        var operation = operations.Start(CreateKind, id, ResourceTypes.ContainerService, location, Creating);
        var cluster = Envelope(request, id, request.Name, location, SetState(properties, "Creating"));
        cluster["systemData"] = new JsonObject { ["createdBy"] = Application.ClientId, ["createdByType"] = "Application", ["createdAt"] = operation.Started.UtcDateTime };
        resources.PutGroup(NodeGroupId(id, cluster), NodeGroup(id, cluster, location));
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(201, ResourceStore.View(cluster)), request, operation);
    }

    private ArmAnswer Update(ArmRequest request, string id, JsonObject before, JsonObject properties)
    {
        var sameMesh = JsonNode.DeepEquals(before.Properties()["serviceMeshProfile"], properties["serviceMeshProfile"]);
        var operation = operations.Start(UpdateKind, id, ResourceTypes.ContainerService, before.Text("location") ?? "", sameMesh ? Updating : ChangingTheMesh);
        var cluster = Envelope(request, id, before.Text("name") ?? request.Name, before.Text("location") ?? "", SetState(properties, "Updating"));
        cluster["identity"] ??= before["identity"]?.DeepClone();
        cluster["systemData"] = before["systemData"]?.DeepClone();
        cluster["eTag"] = before.Text("eTag");
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(200, ResourceStore.View(cluster)), request, operation);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        var cluster = Require(request);
        ClusterPreconditions.CheckMatch(request, cluster.Text("eTag") ?? "");
        RefuseWhileBusy(Id(request), cluster);
        cluster["tags"] = request.Body.Object("tags")?.DeepClone();
        Renew(cluster);
        resources.Put(Id(request), cluster);
        return ArmAnswer.Ok(ResourceStore.View(cluster));
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        resources.RequireGroup(request);
        if (resources.Get(Id(request)) is not { } cluster)
        {
            return new ArmAnswer(204);
        }

        var id = cluster.Text(Spelling) ?? Id(request);
        ClusterPreconditions.CheckMatch(request, cluster.Text("eTag") ?? "");
        RefuseWhileBusy(id, cluster);
        var operation = operations.Start(DeleteKind, id, ResourceTypes.ContainerService, cluster.Text("location") ?? "", Deleting);
        SetState(cluster.Ensure("properties"), "Deleting");
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202), request, operation, withLocation: true);
    }

    private ArmAnswer GetPool(ArmRequest request) => Pools(Require(request)).FirstOrDefault(pool => string.Equals(pool.Text("name"), request.Child, StringComparison.OrdinalIgnoreCase)) is { } pool
        ? ArmAnswer.Ok(DescribePool(request, pool))
        : throw new ArmException(404, "NotFound", $"Could not find the agentPool: {request.Child} in managed cluster {request.Name}.") { ByProvider = true };

    /// <summary>The end of a create or an update: Kubernetes first, so that whoever reads Succeeded finds what was asked for.</summary>
    private async Task SettleAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        if (resources.Get(operation.Target) is not { } pending)
        {
            return; // gone with its resource group
        }

        await fleet.EnsureAsync(ClusterShapes.From(operation.Target, pending), cancellationToken);
        lock (operations.Gate)
        {
            if (resources.Get(operation.Target) is { } cluster)
            {
                SetState(cluster.Ensure("properties"), "Succeeded");
                Renew(cluster);
                resources.Put(operation.Target, cluster);
            }
        }
    }

    private async Task RemoveAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        await fleet.RemoveAsync(operation.Target, cancellationToken);
        lock (operations.Gate)
        {
            if (resources.Get(operation.Target) is { } cluster)
            {
                resources.DeleteGroup(NodeGroupId(operation.Target, cluster));
                resources.Delete(operation.Target);
            }
        }
    }

    private static JsonObject SetState(JsonObject properties, string state)
    {
        properties["provisioningState"] = state;
        foreach (var pool in properties.Objects("agentPoolProfiles"))
        {
            pool["provisioningState"] = state;
        }

        return properties;
    }

    /// <summary>A write to the cluster changes its etag and those of its pools.</summary>
    private void Renew(JsonObject cluster)
    {
        cluster["eTag"] = operations.Ids.NewGuid($"etag/{cluster.Text("id")}").ToString();
        foreach (var pool in Pools(cluster))
        {
            pool["eTag"] = operations.Ids.NewGuid($"etag/{cluster.Text("id")}/{pool.Text("name")}").ToString();
        }
    }

    /// <summary>The keys in AKS's order; the id with AKS's lower-case <c>resourcegroups</c>, the type with its capital M (reference arm.md, section 3).</summary>
    private static JsonObject Envelope(ArmRequest request, string id, string name, string location, JsonObject properties) => new()
    {
        ["id"] = id.Replace("/resourceGroups/", "/resourcegroups/", StringComparison.Ordinal),
        ["location"] = location,
        ["name"] = name,
        ["tags"] = request.Body.Object("tags")?.DeepClone(),
        ["type"] = "Microsoft.ContainerService/ManagedClusters",
        ["kind"] = "Base",
        ["properties"] = properties,
        ["identity"] = request.Body.Object("identity")?.DeepClone(),
        ["sku"] = request.Body.Object("sku")?.DeepClone() ?? new JsonObject { ["name"] = "Base", ["tier"] = "Free" },
        [Spelling] = id,
    };

    private static JsonObject NodeGroup(string id, JsonObject cluster, string location)
    {
        var groupId = NodeGroupId(id, cluster);
        var group = ResourceGroupApi.Describe(groupId, groupId.Split('/')[4], location, tags: null);
        group["managedBy"] = id;
        return group;
    }

    private void RefuseWhileBusy(string id, JsonObject cluster)
    {
        if (operations.RunningOn(id) is not null)
        {
            throw new ArmException(
                409,
                "OperationNotAllowed",
                $"Operation is not allowed: Another operation ({cluster.Text("properties", "provisioningState")}) is in progress, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details")
            {
                ByProvider = true,
                Flat = true,
            };
        }
    }

    private static void CheckState(JsonObject body, JsonObject before)
    {
        if (body.Text("properties", "provisioningState") is { } claimed && claimed != before.Text("properties", "provisioningState"))
        {
            throw ArmErrors.InvalidParameter("provisioningState", $"provisioningState is read-only; it is '{before.Text("properties", "provisioningState")}', not '{claimed}'.");
        }
    }

    private static void CheckName(string name)
    {
        if (!ClusterName().IsMatch(name))
        {
            throw ArmErrors.InvalidParameter("name", $"The cluster name '{name}' is invalid: 1 to 63 letters, digits, hyphens and underscores, beginning and ending with a letter or a digit.");
        }
    }

    private static IReadOnlyList<JsonObject> Pools(JsonObject cluster) => cluster.Objects("properties", "agentPoolProfiles");

    private static JsonObject DescribePool(ArmRequest request, JsonObject pool)
    {
        var properties = (JsonObject)pool.DeepClone();
        properties.Remove("name");
        return new JsonObject
        {
            ["id"] = $"{Id(request)}/agentPools/{pool.Text("name")}",
            ["name"] = pool.Text("name"),
            ["type"] = Type + "/agentPools",
            ["properties"] = properties,
        };
    }

    private JsonObject Require(ArmRequest request)
    {
        resources.RequireGroup(request);
        return resources.Get(Id(request)) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
    }

    private static string Id(ArmRequest request) => request.ResourceId(Type, request.Name);

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex ClusterName();
}
