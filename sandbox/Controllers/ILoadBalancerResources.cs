using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Controllers;

/// <summary>The resources of Azure that the annotations of a Service name.</summary>
internal interface ILoadBalancerResources
{
    /// <returns>The problem of a resource that does not exist. Null when all exist.</returns>
    string? Missing(JsonObject service);

    /// <summary>The resource group of the Service's public address: that of the nodes unless an annotation names another.</summary>
    (string Name, bool IsOfNodes) Group(JsonObject service);

    /// <summary>The problem of the resource group of the Service's public address. Null when the cluster may use the group.</summary>
    string? GroupProblem(JsonObject service);

    /// <summary>A public address of a customer.</summary>
    /// <param name="name">Null to search by <paramref name="address"/>.</param>
    /// <returns>Nulls when the group has no such address.</returns>
    (string? Id, string? Address, string? Problem) Find(JsonObject service, string? name, string? address);

    /// <summary>Records that the Service uses a customer's address, or, without an id, that it uses none.</summary>
    void Use(string service, string frontend, string? addressId);
}
