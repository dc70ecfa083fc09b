using System.Diagnostics;

namespace MeshPort.EndToEnd.Tests.Access;

/// <summary>
/// Records the rights that the requests of this process with one token need at an API server, such as <c>list apps/deployments</c>.
/// </summary>
internal sealed class KubernetesTraffic : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly string _authority;
    private readonly string _token;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _rights = new(StringComparer.Ordinal);
    private readonly List<IDisposable> _subscriptions = [];

    public KubernetesTraffic(Uri server, string token)
    {
        (_authority, _token) = (server.Authority, token);
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    public IReadOnlyList<string> Rights
    {
        get
        {
            lock (_lock)
            {
                return [.. _rights];
            }
        }
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "HttpHandlerDiagnosticListener")
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (
            value.Key == "System.Net.Http.HttpRequestOut.Start"
            && value.Value?.GetType().GetProperty("Request")?.GetValue(value.Value)
                is HttpRequestMessage { RequestUri: { } address } request
            && address.Authority == _authority
            && request.Headers.Authorization?.Parameter == _token
            && Right(request.Method.Method, address.AbsolutePath) is { } right
        )
        {
            lock (_lock)
            {
                _rights.Add(right);
            }
        }
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());

    /// <returns>Null for discovery, which every account may read.</returns>
    private static string? Right(string method, string path)
    {
        var parts = path.Trim('/').Split('/');
        var (group, rest) = parts[0] == "api" ? ("", parts[2..]) : (parts[1], parts[3..]);
        rest = rest is ["namespaces", _, .. var inside] ? inside : rest;
        return rest switch
        {
            [var plural, _] => $"{(method == "GET" ? "get" : method.ToLowerInvariant())} {group}/{plural}",
            [var plural] => $"{(method == "GET" ? "list" : "create")} {group}/{plural}",
            _ => null,
        };
    }
}
