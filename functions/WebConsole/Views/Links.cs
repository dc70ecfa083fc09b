using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>The paths of the console's pages and of the API's resources.</summary>
/// <param name="Base">The path prefix of a gateway before MeshPort; empty without one.</param>
public sealed record Links(string Base)
{
    private const string Api = "/api";

    public string Clusters => $"{Base}/console/clusters";

    public string NewCluster => $"{Base}/console/new";

    public string Cluster(ClusterId id) => $"{Base}/console{id.Path[Api.Length..]}";

    public string Operations(ClusterId id) => $"{Cluster(id)}/operations";

    public string Drift(ClusterId id) => $"{Cluster(id)}/drift";

    public string EditCluster(ClusterId id) => $"{Cluster(id)}/edit";

    public string NewExposure(ClusterId id) => $"{Cluster(id)}/new";

    public string Exposure(ClusterId id, string name) => $"{Cluster(id)}/exposures/{name}";

    public string EditExposure(ClusterId id, string name) => $"{Exposure(id, name)}/edit";

    /// <summary>The resource in the API.</summary>
    public string Resource(ClusterId id) => $"{Base}{id.Path}";

    public string Resource(ClusterId id, string exposure) => $"{Resource(id)}/exposures/{exposure}";
}
