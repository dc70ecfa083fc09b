using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>The resource group of a cluster (Microsoft.Resources 2022-09-01).</summary>
internal sealed class ResourceGroup(ArmClient client, ClusterId cluster) : ArmJsonResource(client, IdOf(cluster), ApiVersions.Resources)
{
    public static ResourceIdentifier IdOf(ClusterId cluster) =>
        new($"/subscriptions/{cluster.SubscriptionId}/resourceGroups/{cluster.ResourceGroup}");

    public static JsonObject Body(string location, IReadOnlyDictionary<string, string> tags) =>
        new() { ["location"] = location, ["tags"] = Ownership.Tags(tags) };

    /// <returns>The name of a resource in the group; null when the group is empty, or gone by now.</returns>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<string?> FindResourceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var first = await GetAsync("resources", ("$top", "1"), cancellationToken);
            return first["value"]?.AsArray().FirstOrDefault()?["name"]?.GetValue<string>();
        }
        catch (RequestFailedException exception) when (exception.Status == 404 && !ArmRefusals.IsOfSubscription(exception))
        {
            return null;
        }
    }
}
