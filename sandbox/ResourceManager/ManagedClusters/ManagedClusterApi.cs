using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.RequestBodies;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS clusters: create, update and upgrade by PUT of the whole resource, tags by PATCH, delete. All are long-running operations that
/// exclude one another.
/// </summary>
internal sealed class ManagedClusterApi(
    ResourceStore resources,
    ClusterOperations operations,
    ProviderRegistrations registrations,
    FeatureGates features
)
{
    public const string Type = "Microsoft.ContainerService/managedClusters";
    public const string Path = "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Type;

    public static string Collection(string groupId) => $"{groupId}/providers/{Type}";

    /// <summary>The resource group of a cluster's nodes.</summary>
    public static string NodeGroupId(string id, JsonObject cluster) =>
        $"/subscriptions/{id.Split('/')[2]}/resourceGroups/{cluster.Text("properties", "nodeResourceGroup")}";

    /// <summary>The cluster that a request names, with its id in its first spelling.</summary>
    public static (string Id, JsonObject Cluster) Require(ResourceStore resources, ArmRequest request)
    {
        resources.RequireGroup(request);
        var id = request.ResourceId(Type, request.Name);
        var cluster = resources.Get(id) ?? throw ArmErrors.ResourceNotFound(Type, request.Name, request.Group);
        return (ClusterDocument.Id(cluster) ?? id, cluster);
    }

    /// <summary>The child resources of the cluster that a request names.</summary>
    /// <param name="type">For example <c>maintenanceConfigurations</c>.</param>
    public static ArmAnswer ListChildren(ResourceStore resources, ArmRequest request, string type) =>
        ArmAnswer.Page(request, resources.Children($"{Require(resources, request).Id}/{type}").Select(entry => entry.Document));

    public void Map(ArmRoutes routes)
    {
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/providers/" + Type,
            request =>
                ArmAnswer.Page(request, resources.OfType(request.Subscription, Type).Select(entry => ResourceStore.View(entry.Document)))
        );
        routes.Map("GET", Path, List);
        routes.Map("GET", Path + "/{name}", request => ArmAnswer.Ok(ResourceStore.View(Require(resources, request).Cluster)));
        routes.Map("PUT", Path + "/{name}", Put);
        routes.Map("PATCH", Path + "/{name}", Patch);
        routes.Map("DELETE", Path + "/{name}", Delete);
    }

    private ArmAnswer List(ArmRequest request)
    {
        resources.RequireGroup(request);
        return ArmAnswer.Page(request, resources.Children(Collection(request.GroupId)).Select(entry => ResourceStore.View(entry.Document)));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        registrations.Require(request, ResourceTypes.ContainerService);
        resources.RequireWritableGroup(request);
        var before = resources.Get(request.ResourceId(Type, request.Name));
        if (before is null)
        {
            // What AKS creates in the node resource group. Azure's words for these are not measured.
            registrations.Require(request, ResourceTypes.Network);
            registrations.Require(request, ResourceTypes.Compute);
            registrations.Require(request, ResourceTypes.ManagedIdentity);
        }

        var id = (before is null ? null : ClusterDocument.Id(before)) ?? request.ResourceId(Type, request.Name);
        ClusterPreconditions.CheckPut(request, before?.Text("eTag") ?? (before is null ? null : ""));
        var location = ResourceTypes.RequireLocation(request.Body, Type);
        ClusterRules.CheckName(request.Name);
        if (before is not null)
        {
            ResourceStore.RequireSameLocation(before, location, request.Name, request.Group, Type);
            operations.RefuseWhileBusy(id, before);
            CheckState(request.Body, before);
            ClusterOperations.RefuseWhileStopped(before);
        }

        RequireIdentities(request);
        if (before is not null)
        {
            VersionShape.Keep(ResourceTypes.ContainerService, "managedClusters", request.Query("api-version") ?? "", request.Body, before);
        }

        AutomaticSku.Check(request.Body, before, location);
        var properties = ClusterDefaults.Fill(
            id,
            before?.Text("name") ?? request.Name,
            request.Group,
            location,
            AutomaticSku.Is(request.Body)
                ? AutomaticSku.Filled(request.Body.Properties(), before?.Object("properties"))
                : request.Body.Properties(),
            before?.Object("properties")
        );
        var mesh = MeshProfile.Resolve(
            request.Body.Object("properties", "serviceMeshProfile"),
            before?.Object("properties", "serviceMeshProfile"),
            properties.Text("currentKubernetesVersion") ?? ""
        );
        properties.Remove("serviceMeshProfile");
        if (mesh is not null)
        {
            properties["serviceMeshProfile"] = mesh;
        }

        new ClusterRules(resources).Check(
            id,
            location,
            properties,
            before?.Object("properties"),
            request.Body.Text("sku", "tier") ?? before?.Text("sku", "tier"),
            hasPools: !AutomaticSku.Is(request.Body)
        );
        new NetworkRules(resources).CheckRouteTables(
            properties,
            (request.Body.Object("identity") ?? before?.Object("identity"))?.Text("type")
        );
        features.Check(request.Subscription, properties);
        var answer = before is null ? Create(request, id, location, properties) : Update(request, id, before, properties);
        return AgentPoolRules.Warning(properties.Objects("agentPoolProfiles")) is { } warning ? answer.With("Warning", warning) : answer;
    }

    private ArmAnswer Create(ArmRequest request, string id, string location, JsonObject properties)
    {
        var cluster = ClusterDocument.Envelope(request, id, request.Name, location, ClusterDocument.SetState(properties, "Creating"));
        var operation = operations.Begin(ClusterOperations.Create, id, cluster, ClusterOperations.Creating);
        resources.PutGroup(NodeGroupId(id, cluster), ClusterDocument.NodeGroup(id, cluster, location));
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(201, ResourceStore.View(cluster)), request, operation);
    }

    private ArmAnswer Update(ArmRequest request, string id, JsonObject before, JsonObject properties)
    {
        var upgrades = KubernetesUpgrades.Check(request.Body.Properties(), properties, before.Properties());
        var sameMesh = JsonNode.DeepEquals(before.Properties()["serviceMeshProfile"], properties["serviceMeshProfile"]);
        var (kind, state, takes) = upgrades
            ? (ClusterOperations.Upgrade, "Upgrading", ClusterOperations.Upgrading)
            : (ClusterOperations.Update, "Updating", sameMesh ? ClusterOperations.Updating : ClusterOperations.ChangingTheMesh);
        var cluster = ClusterDocument.Envelope(
            request,
            id,
            before.Text("name") ?? request.Name,
            before.Text("location") ?? "",
            ClusterDocument.SetState(properties, state)
        );
        cluster.Default("identity", before["identity"]?.DeepClone());
        cluster["eTag"] = before.Text("eTag");
        var operation = operations.Begin(kind, id, cluster, takes);
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(200, ResourceStore.View(cluster)), request, operation);
    }

    private ArmAnswer Patch(ArmRequest request)
    {
        var (id, cluster) = Require(resources, request);
        ClusterPreconditions.CheckMatch(request, cluster.Text("eTag") ?? "");
        operations.RefuseWhileBusy(id, cluster);
        ClusterDocument.SetTags(cluster, request.Body.Object("tags"));
        ClusterDocument.Renew(cluster, operations.Ids);
        resources.Put(id, cluster);
        return ArmAnswer.Ok(ResourceStore.View(cluster));
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        resources.RequireGroup(request);
        if (resources.Get(request.ResourceId(Type, request.Name)) is null)
        {
            return new ArmAnswer(204);
        }

        var (id, cluster) = Require(resources, request);
        ClusterPreconditions.CheckMatch(request, cluster.Text("eTag") ?? "");
        operations.RefuseWhileBusy(id, cluster);
        var operation = operations.Begin(ClusterOperations.Delete, id, cluster, ClusterOperations.Deleting);
        ClusterDocument.SetState(cluster.Ensure("properties"), "Deleting");
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202), request, operation, withLocation: true);
    }

    /// <summary>
    /// Resource Manager gives the provider the identities that the client names, so they must exist. The inner message is not measured.
    /// </summary>
    private void RequireIdentities(ArmRequest request)
    {
        if (
            (request.Body.Object("identity", "userAssignedIdentities") ?? [])
                .Select(assigned => assigned.Key)
                .FirstOrDefault(named => resources.Get(named) is null) is
            { } missing
        )
        {
            throw new ArmException(
                400,
                "FailedIdentityOperation",
                $"Identity operation for resource '{request.ResourceId(Type, request.Name)}' failed with error 'Failed to perform resource "
                    + "identity operation. Status: 'BadRequest'. Response: '{\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource "
                    + $"'{missing}' was not found.\"}}'.'."
            );
        }
    }

    private static void CheckState(JsonObject body, JsonObject before)
    {
        if (body.Text("properties", "provisioningState") is { } claimed && claimed != before.Text("properties", "provisioningState"))
        {
            throw ArmErrors.InvalidParameter(
                "provisioningState",
                $"provisioningState is read-only; it is '{before.Text("properties", "provisioningState")}', not '{claimed}'."
            );
        }
    }
}
