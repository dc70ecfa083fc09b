using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Api;
using MeshPort.Host.Contexts;
using MeshPort.Host.Hosting;
using MeshPort.Host.Output;
using MeshPort.Model;

namespace MeshPort.Host.Bundles;

/// <summary>Collects the parts of a bundle. If one fails, the bundle has the others and says why.</summary>
internal sealed class SupportBundle(Screen screen)
{
    /// <summary>Histories of exposures take a request each. Those that are Ready are left out first.</summary>
    private const int MostHistories = 200;
    private const int MostOperations = 100;
    private readonly BundleFile _file = new();
    private readonly SecretMask _mask = new();
    private readonly List<string> _missing = [];
    private bool _isLost;

    /// <summary>Whether the mask knows the secrets of all current specs.</summary>
    private bool _isMasked;
    private string? _logDirectory;

    /// <summary>The parts that are missing, with the reasons.</summary>
    public IReadOnlyList<string> Missing => _missing;

    public void Lacks(string part, string reason) => _missing.Add($"{part}: {reason}");

    /// <param name="connection">Null without a server.</param>
    public void AddClient(ApiConnection? connection)
    {
        _mask.Add([connection?.Key]);
        _file.Add(
            "client.json",
            new JsonObject
            {
                ["version"] = typeof(SupportBundle).Assembly.GetName().Version?.ToString(3),
                ["runtime"] = RuntimeInformation.FrameworkDescription,
                ["system"] = RuntimeInformation.OSDescription,
                ["server"] = connection?.Address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped),
                ["foundBy"] = connection?.Source,
                ["hasKey"] = connection?.Key is not null,
                ["hasEntraSignIn"] = connection?.Credential is not null,
            }
        );
    }

    /// <param name="scope">The clusters of the bundle.</param>
    public async Task AddServerAsync(MeshPortApi api, Scope scope, CancellationToken cancellationToken)
    {
        await AddAsync("health.json", async () => JsonSerializer.SerializeToNode(await api.ReadAsync("health/ready", cancellationToken)));
        await AddAsync("server.json", async () => new JsonObject { ["api"] = $"{await api.ReadVersionAsync(cancellationToken)}" });
        await AddAsync("settings.json", async () => Copy(BundledFields.Settings, await api.ReadAsync("api/settings", cancellationToken)));
        await AddAsync("rejections.json", async () => Rejections(await api.ListRejectionsAsync(cancellationToken)));
        IReadOnlyList<ResourceView> clusters = [];
        _isMasked = await AddAsync(
            "clusters.json",
            async () =>
            {
                clusters = await api.ListClustersAsync(scope, cancellationToken);
                return Copy(BundledFields.Cluster, clusters.Select(cluster => cluster.Body));
            }
        );
        var exposures = new List<ResourceView>();
        foreach (var cluster in clusters)
        {
            exposures.AddRange(await AddClusterAsync(api, cluster.Cluster, cancellationToken));
        }

        await AddHistoriesAsync(api, exposures, cancellationToken);
        _isMasked &= scope == Scope.All;
    }

    /// <summary>
    /// Adds the lines that MeshPort itself has logged, after the server: a line may quote a field, and only specs tell which are secrets.
    /// </summary>
    /// <param name="directory">The data directory of a server on this machine; null without one.</param>
    /// <param name="server">The server whose specs were read; null without one.</param>
    public void AddLog(string? directory, Uri? server)
    {
        if (directory is null)
        {
            Lacks("log.txt", "The server is not one of this machine. Add the log of the app, or name the data directory with --data.");
            return;
        }

        try
        {
            var log = LogFile.Read(directory);
            var isOfServer = LocalServe.IsIn(directory, server);
            if (_isMasked && isOfServer)
            {
                _file.Add("log.txt", log);
                _logDirectory = directory;
            }
            else
            {
                var remedy =
                    isOfServer || server is null
                        ? "run 'meshport bundle -A' when the server answers"
                        : $"select the server of {directory}, which does not run at {server.Authority}";
                Lacks(
                    "log.txt",
                    "It may quote secrets of specs that were not read. "
                        + $"Read {LogFile.PathIn(directory)} before you give it away, or {remedy}."
                );
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Lacks("log.txt", exception.Message);
        }
    }

    public Task WriteAsync(string path, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _file.Add(
            "README.txt",
            $"""
            What MeshPort knew at {now.UtcDateTime.ToString(
                "yyyy-MM-dd HH:mm:ss",
                CultureInfo.InvariantCulture
            )} UTC, for somebody who looks for the cause of a failure.

            Fields and settings that can carry a secret are replaced by "{FieldAllowList.LeftOut}", also where a message quotes them. A
            message can still quote a field that was changed or deleted since. The bundle names subscriptions, clusters, hosts, addresses,
            and the people who sent requests. Read it before you give it away.

            {(_logDirectory is null ? "There is no log." : $"log.txt is from {_logDirectory}.")}
            {(_missing.Count == 0 ? "Nothing is missing." : $"Missing:\n- {string.Join("\n- ", _missing)}")}

            """
        );
        return _file.WriteAsync(path, _mask, cancellationToken);
    }

    private static string Folder(ClusterId id) => $"clusters/{id.SubscriptionId}/{id.ResourceGroup}/{id.Name}";

    /// <returns>The exposures of the cluster, without their histories.</returns>
    private async Task<IReadOnlyList<ResourceView>> AddClusterAsync(MeshPortApi api, ClusterId id, CancellationToken cancellationToken)
    {
        var folder = Folder(id);
        await AddAsync(
            $"{folder}/cluster.json",
            async () => Copy(BundledFields.Cluster, (await api.GetAsync(id.Path, cancellationToken)).Body)
        );
        await AddAsync(
            $"{folder}/operations.json",
            async () =>
                Copy(
                    BundledFields.Operation,
                    (await api.ListOperationsAsync(id, MostOperations, cancellationToken)).Select(operation => operation.Body)
                )
        );
        IReadOnlyList<ResourceView> exposures = [];
        _isMasked &= await AddAsync(
            $"{folder}/exposures.json",
            async () =>
            {
                exposures = await api.ListExposuresAsync(id, cancellationToken);
                return Copy(BundledFields.Exposure, exposures.Select(exposure => exposure.Body));
            }
        );
        return exposures;
    }

    private async Task AddHistoriesAsync(MeshPortApi api, List<ResourceView> exposures, CancellationToken cancellationToken)
    {
        foreach (var exposure in exposures.OrderBy(exposure => exposure.IsReady).Take(MostHistories))
        {
            await AddAsync(
                $"{Folder(exposure.Cluster)}/exposures/{exposure.Metadata.Name}.json",
                async () => Copy(BundledFields.Exposure, (await api.GetAsync(exposure.Metadata.Id, cancellationToken)).Body)
            );
        }

        if (exposures.Count > MostHistories)
        {
            Lacks(
                $"the histories of {exposures.Count - MostHistories} exposures",
                $"A bundle has {MostHistories}, first of those that are not Ready. Get others with 'meshport history exposure NAME'."
            );
        }
    }

    /// <returns>Whether the bundle has the part.</returns>
    private async Task<bool> AddAsync(string name, Func<Task<JsonNode?>> read)
    {
        if (_isLost)
        {
            Lacks(name, "The server is lost.");
            return false;
        }

        try
        {
            screen.Trace?.Invoke($"Adds {name}.");
            _file.Add(name, await read());
            return true;
        }
        catch (ApiException refusal)
        {
            Lacks(name, refusal.Message);
        }
        catch (UnreachableException unreachable)
        {
            _isLost = true; // other requests would wait, too
            Lacks(name, unreachable.Message);
        }

        return false;
    }

    private JsonNode? Copy(FieldAllowList fields, JsonElement body)
    {
        var leftOut = new List<string>();
        var copy = fields.Copy(body, leftOut);
        _mask.Add(leftOut);
        return copy;
    }

    private JsonArray Copy(FieldAllowList fields, IEnumerable<JsonElement> bodies) => new([.. bodies.Select(body => Copy(fields, body))]);

    private JsonArray Rejections(IReadOnlyList<RejectionView> rejections) =>
        new([
            .. rejections.Select(rejection =>
            {
                var copy = Copy(BundledFields.Rejection, rejection.Body);
                foreach (
                    var (index, error) in rejection.Errors.Index().Where(error => BundledFields.RejectedField.Allows(error.Item.Pointer))
                )
                {
                    copy!["errors"]![index]!["detail"] = error.Detail; // the copy has all errors of the view
                }

                return copy;
            }),
        ]);
}
