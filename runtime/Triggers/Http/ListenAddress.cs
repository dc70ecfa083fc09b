using System.Net;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>The address of HTTP: loopback, unless the setting names another. Callers then need the key.</summary>
internal sealed record ListenAddress(IPAddress Value)
{
    public const string Setting = "MeshPort:Listen";
    private const int ShortestKey = 16;

    /// <exception cref="InvalidOperationException">The address is invalid, or it is public and the key is missing or too short.</exception>
    public static ListenAddress From(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } text)
        {
            return new ListenAddress(IPAddress.Loopback);
        }

        if (!IPAddress.TryParse(text, out var address))
        {
            throw new InvalidOperationException($"the setting {Setting} is '{text}'; write an IP address, such as 127.0.0.1 or 0.0.0.0");
        }

        return IPAddress.IsLoopback(address) || configuration[FunctionKey.Setting] is { Length: >= ShortestKey }
            ? new ListenAddress(address)
            : throw new InvalidOperationException(
                $"the setting {Setting} is {address}, which other machines can reach; set {FunctionKey.Setting} to a secret of at least "
                    + $"{ShortestKey} characters, which callers then send as x-functions-key"
            );
    }
}
