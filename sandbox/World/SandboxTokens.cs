using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.World;

/// <summary>Who a bearer token speaks for.</summary>
/// <param name="ObjectId">The Entra object id.</param>
/// <param name="Name">The name shown in Kubernetes and in ARM's <c>systemData</c>.</param>
/// <param name="Groups">Object ids of the groups it is in.</param>
public sealed record TokenIdentity(string ObjectId, string Name, IReadOnlyList<string> Groups);

/// <summary>
/// Issues and checks the sandbox's own access tokens: JSON Web Tokens signed with a key made at start (RFC 7519, HS256). Expiry runs on real
/// time, because the clients' token caches do.
/// </summary>
public sealed class SandboxTokens(TimeProvider realTime)
{
    /// <summary>The audience of Azure Resource Manager.</summary>
    public const string ResourceManagerAudience = "https://management.azure.com";

    /// <summary>The AKS Entra server application, the audience of every Entra-integrated API server.</summary>
    public const string KubernetesAudience = "6dae42f8-4368-4678-94ff-3960e28e3630";

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <param name="lifetime"><see cref="Lifetime"/> when nothing else is asked for.</param>
    public string Issue(string audience, TokenIdentity identity, TimeSpan? lifetime = null)
    {
        var now = realTime.GetUtcNow();
        var header = Encode("""{"alg":"HS256","typ":"JWT"}""");
        var payload = Encode(new JsonObject
        {
            ["aud"] = audience,
            ["iss"] = "https://sts.sandbox/",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + (lifetime ?? Lifetime)).ToUnixTimeSeconds(),
            ["oid"] = identity.ObjectId,
            ["name"] = identity.Name,
            ["groups"] = new JsonArray([.. identity.Groups.Select(group => JsonValue.Create(group))]),
        }.ToJsonString());
        return $"{header}.{payload}.{Sign($"{header}.{payload}")}";
    }

    /// <returns>Null when the token is not one of ours, is for another audience, or has expired; <paramref name="problem"/> then says which.</returns>
    public TokenIdentity? Check(string token, string audience, out string problem)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign($"{parts[0]}.{parts[1]}")), Encoding.ASCII.GetBytes(parts[2])))
        {
            problem = "The access token's signature is invalid.";
            return null;
        }

        var claims = JsonNode.Parse(Decode(parts[1]))!; // ours: the signature was right
        if (!string.Equals(claims["aud"]?.GetValue<string>().TrimEnd('/'), audience.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
        {
            problem = $"The access token is for audience '{claims["aud"]}', not '{audience}'.";
            return null;
        }

        if (claims["exp"]!.GetValue<long>() < realTime.GetUtcNow().ToUnixTimeSeconds()) // Issue always writes exp
        {
            problem = "The access token has expired.";
            return null;
        }

        problem = "";
        return new TokenIdentity(
            claims["oid"]?.GetValue<string>() ?? "",
            claims["name"]?.GetValue<string>() ?? "",
            [.. claims["groups"]?.AsArray().Select(group => group!.GetValue<string>()) ?? []]);
    }

    private string Sign(string text) => Encode(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text)));

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static string Decode(string text) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(text));
}
