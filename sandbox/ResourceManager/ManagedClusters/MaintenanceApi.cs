using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Maintenance configurations of a cluster. They affect nothing: the sandbox starts no maintenance.</summary>
internal sealed class MaintenanceApi(ResourceStore resources, SandboxClock clock)
{
    private const string Type = ManagedClusterApi.Type + "/maintenanceConfigurations";
    private const string Path = ManagedClusterApi.Path + "/{name}/maintenanceConfigurations";
    private static readonly string[] Names = ["default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"];

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Path, request => ManagedClusterApi.ListChildren(resources, request, "maintenanceConfigurations"));
        routes.Map(
            "GET",
            Path + "/{child}",
            request =>
                ArmAnswer.Ok(
                    resources.Get(Id(request))
                        ?? throw new ArmException(404, "NotFound", $"Maintenance configuration {request.Child} was not found.")
                        {
                            ByProvider = true,
                        }
                )
        );
        routes.Map("PUT", Path + "/{child}", Put);
        routes.Map("DELETE", Path + "/{child}", request => new ArmAnswer(resources.Delete(Id(request)) ? 200 : 204));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        var name =
            Names.FirstOrDefault(known => string.Equals(known, request.Child, StringComparison.OrdinalIgnoreCase))
            ?? throw ArmErrors.InvalidParameter(
                "maintenanceConfigurationName",
                $"Maintenance configuration name {request.Child} is invalid. Allowed names: {string.Join(", ", Names)}."
            );
        var id = Id(request);
        resources.RequireWritableGroup(request);
        var before = resources.Get(id);
        var properties = (JsonObject)request.Body.Properties().DeepClone();
        MaintenanceRules.Complete(name, properties, clock.GetUtcNow());
        var document = new JsonObject
        {
            ["id"] = before?.Text("id") ?? $"{ManagedClusterApi.Require(resources, request).Id}/maintenanceConfigurations/{name}",
            ["name"] = name,
            ["type"] = Type,
            ["properties"] = properties,
        };
        resources.Put(id, document);
        return new ArmAnswer(before is null ? 201 : 200, document);
    }

    private string Id(ArmRequest request) =>
        $"{ManagedClusterApi.Require(resources, request).Id}/maintenanceConfigurations/{request.Child}";
}
