using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>The forms for specs. A new spec begins with an example that is valid. Pure.</summary>
internal static class EditViews
{
    private const string ClusterExample = """
        {
          "location": "eastus2",
          "mesh": { "gateways": ["external"] }
        }
        """;

    private const string ExposureExample = """
        {
          "gateway": "external",
          "port": 9000,
          "backends": [{ "service": "tcpecho", "namespace": "default", "port": 9000 }]
        }
        """;

    private static readonly JsonSerializerOptions Indented = new(MeshPortJson.Options) { WriteIndented = true };

    public static EditView NewCluster(Links links) =>
        new(
            links,
            null,
            "New cluster",
            $"{links.Base}/api/subscriptions/{{subscription}}/resourceGroups/{{group}}/clusters/{{name}}",
            [
                new NameField("subscription", "Subscription", "The id, such as 00000000-0000-0000-0000-000000000000."),
                new NameField("group", "Resource group", "MeshPort creates it if Azure does not have it."),
                new NameField("name", "Cluster", "1 to 63 letters, digits, '-' and '_'."),
            ],
            ClusterExample,
            null,
            links.Clusters,
            $"{links.Base}/console/subscriptions/{{subscription}}/resourceGroups/{{group}}/clusters/{{name}}"
        );

    public static EditView Cluster(Links links, ClusterId id, Resource<ClusterSpec> cluster) =>
        new(
            links,
            id,
            $"Edit cluster {id.Name}",
            links.Resource(id),
            [],
            Text(cluster.Spec),
            cluster.Metadata.Etag,
            links.Cluster(id),
            links.Cluster(id)
        );

    public static EditView NewExposure(Links links, ClusterId id) =>
        new(
            links,
            id,
            $"Expose a port of {id.Name}",
            links.Resource(id, "{name}"),
            [new NameField("name", "Exposure", "Up to 40 lower-case letters, digits and '-', with a letter first.")],
            ExposureExample,
            null,
            links.Cluster(id),
            links.Exposure(id, "{name}")
        );

    public static EditView Exposure(Links links, ClusterId id, Resource<ExposureSpec> exposure) =>
        new(
            links,
            id,
            $"Edit exposure {exposure.Metadata.Name}",
            links.Resource(id, exposure.Metadata.Name),
            [],
            Text(exposure.Spec),
            exposure.Metadata.Etag,
            links.Exposure(id, exposure.Metadata.Name),
            links.Exposure(id, exposure.Metadata.Name)
        );

    private static string Text<T>(T spec) => JsonSerializer.Serialize(spec, Indented);
}
