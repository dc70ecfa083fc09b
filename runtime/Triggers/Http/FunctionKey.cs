using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// The key that callers send in <c>code</c> or <c>x-functions-key</c>. Without the setting MeshPort:FunctionKey, no key is required: only
/// this machine can reach the port, and the official local tooling requires no key either (functions-api A11).
/// </summary>
internal sealed class FunctionKey(IConfiguration configuration)
{
    public const string Setting = "MeshPort:FunctionKey";

    private readonly string? _key = configuration[Setting] is { Length: > 0 } key ? key : null;

    /// <summary>The query string for URLs of the management API, so that their receiver can call them: "code=..." or empty.</summary>
    public string Query => _key is null ? "" : $"code={Uri.EscapeDataString(_key)}";

    /// <summary>Checks the header if present, otherwise the query.</summary>
    public bool Admits(HttpRequest request) =>
        _key is null
        || Equal(request.Headers["x-functions-key"].ToString() is { Length: > 0 } header ? header : request.Query["code"].ToString(), _key);

    private static bool Equal(string given, string key) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(key));
}
