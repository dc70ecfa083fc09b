using System.Diagnostics;
using System.Text.Json;
using MeshPort.Arm;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Records the actions of the requests that this process sends to Azure Resource Manager.</summary>
internal sealed class ArmTraffic : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly Uri _resourceManager;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _actions = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IDisposable> _subscriptions = [];

    public ArmTraffic(Uri resourceManager)
    {
        _resourceManager = resourceManager;
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    public IReadOnlyList<string> Actions
    {
        get
        {
            lock (_lock)
            {
                return [.. _actions];
            }
        }
    }

    public void OnNext(DiagnosticListener value)
    {
        // The name of the diagnostic listener of System.Net.Http.
        if (value.Name == "HttpHandlerDiagnosticListener")
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (
            value.Key != "System.Net.Http.HttpRequestOut.Start"
            || value.Value?.GetType().GetProperty("Request")?.GetValue(value.Value)
                is not HttpRequestMessage { RequestUri: { } address } request
        )
        {
            return;
        }

        // Entra's tokens use the same port.
        if (
            address.Authority != _resourceManager.Authority
            || !address.AbsolutePath.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase)
        )
        {
            return;
        }

        lock (_lock)
        {
            _actions.Add(ArmActions.Of(request.Method.Method, address.AbsolutePath));
            _actions.UnionWith(Linked(request));
        }
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());

    private static IEnumerable<string> Linked(HttpRequestMessage request)
    {
        if (request.Content is null || request.Method != HttpMethod.Put)
        {
            return [];
        }

        using var body = new MemoryStream();
        request.Content.CopyTo(body, null, CancellationToken.None);
        return
        [
            .. Properties(JsonDocument.Parse(body.ToArray()).RootElement)
                .Select(name => ArmActions.Linked.GetValueOrDefault(name))
                .OfType<string>(),
        ];
    }

    private static IEnumerable<string> Properties(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject().SelectMany(property => Properties(property.Value).Prepend(property.Name)),
            JsonValueKind.Array => json.EnumerateArray().SelectMany(Properties),
            _ => [],
        };
}
