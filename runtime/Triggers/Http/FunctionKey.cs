using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// The key that callers show in <c>code</c> or <c>x-functions-key</c>. Without the setting MeshPort:FunctionKey none is asked for: only this machine
/// reaches the port, and the official local tooling asks for none either (functions-api A11).
/// </summary>
internal sealed class FunctionKey(IConfiguration configuration)
{
    public const string Setting = "MeshPort:FunctionKey";

    private readonly string? _key = configuration[Setting] is { Length: > 0 } key ? key : null;

    /// <summary>What a URL of the management API ends in, so that who was given it may call it: "code=..." or nothing.</summary>
    public string Query => _key is null ? "" : $"code={Uri.EscapeDataString(_key)}";

    /// <summary>Where there is a header, the query does not count.</summary>
    public bool Admits(HttpRequest request) =>
        _key is null
        || Equal(request.Headers["x-functions-key"].ToString() is { Length: > 0 } header ? header : request.Query["code"].ToString(), _key);

    private static bool Equal(string given, string key) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(key));
}
