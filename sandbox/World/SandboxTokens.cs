using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.World;

/// <summary>The identity of a bearer token.</summary>
/// <param name="ObjectId">The Entra object id.</param>
/// <param name="Name">The name shown in Kubernetes and in ARM's <c>systemData</c>.</param>
/// <param name="Groups">Object ids of its groups.</param>
public sealed record TokenIdentity(string ObjectId, string Name, IReadOnlyList<string> Groups)
{
    /// <summary>The application's (client) id; empty for a person.</summary>
    public string ApplicationId { get; init; } = "";

    /// <summary>App roles of the token's target application.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];
}

/// <summary>
/// Issues and validates the sandbox's access tokens: JSON Web Tokens (RFC 7519).
/// Expiry uses real time, because the clients' token caches do.
/// </summary>
public sealed class SandboxTokens(TimeProvider realTime, SigningKey key, string tenantId = SandboxTokens.DefaultTenantId)
{
    /// <summary>The audience of Azure Resource Manager.</summary>
    public const string ResourceManagerAudience = "https://management.azure.com";

    /// <summary>The AKS Entra server application, the audience of every Entra-integrated API server.</summary>
    public const string KubernetesAudience = "6dae42f8-4368-4678-94ff-3960e28e3630";

    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    internal const string DefaultTenantId = "a1b2c3d4-0000-4000-8000-5a4db0c50001";

    /// <summary>The beginning of the problem of a token for another resource.</summary>
    internal const string WrongAudience = "The access token has been obtained for wrong audience or resource";

    /// <summary>All of them mean Azure Resource Manager. The second is an audience from before Resource Manager existed.</summary>
    internal static readonly string[] ResourceManagerAudiences =
    [
        ResourceManagerAudience,
        "https://management.core.windows.net",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    ];

    private const int KnownTokensAtMost = 1_000;
    private readonly ConcurrentDictionary<string, JsonNode> _known = new(StringComparer.Ordinal);

    /// <summary>The public keys in the format of RFC 7517, for clients that validate tokens themselves.</summary>
    internal JsonObject PublicKeys => new() { ["keys"] = new JsonArray(key.ToJson()) };

    /// <param name="lifetime">Default: <see cref="Lifetime"/>.</param>
    public string Issue(string audience, TokenIdentity identity, TimeSpan? lifetime = null)
    {
        var now = realTime.GetUtcNow();
        var header = Encode($$"""{"typ":"JWT","alg":"RS256","kid":"{{key.Id}}"}""");
        var payload = Encode(
            new JsonObject
            {
                ["aud"] = audience,
                ["iss"] = $"https://sts.windows.net/{tenantId}/",
                ["iat"] = now.ToUnixTimeSeconds(),
                ["nbf"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + (lifetime ?? Lifetime)).ToUnixTimeSeconds(),
                ["appid"] = identity.ApplicationId,
                ["idtyp"] = "app",
                ["oid"] = identity.ObjectId,
                ["sub"] = identity.ObjectId,
                ["tid"] = tenantId,
                ["name"] = identity.Name,
                ["groups"] = new JsonArray([.. identity.Groups.Select(group => JsonValue.Create(group))]),
                ["roles"] = new JsonArray([.. identity.Roles.Select(role => JsonValue.Create(role))]),
                ["ver"] = "1.0",
            }.ToJsonString()
        );
        return $"{header}.{payload}.{Encode(key.Sign($"{header}.{payload}"))}";
    }

    /// <returns>
    /// Null when the token is not from this sandbox, has another audience, or is not valid now. <paramref name="problem"/> tells which.
    /// </returns>
    public TokenIdentity? Check(string token, string audience, out string problem)
    {
        if (Claims(token) is not { } claims)
        {
            problem = "The access token's signature is invalid.";
            return null;
        }

        var accepted = audience == ResourceManagerAudience ? ResourceManagerAudiences : [audience];
        if (!accepted.Contains(claims["aud"]?.GetValue<string>().TrimEnd('/'), StringComparer.OrdinalIgnoreCase))
        {
            problem =
                $"{WrongAudience} '{claims["aud"]}'. It should exactly match with one of the allowed audiences "
                + $"{string.Join(',', accepted.Select(one => $"'{one}'"))}.";
            return null;
        }

        var now = realTime.GetUtcNow().ToUnixTimeSeconds();
        if (claims["exp"]!.GetValue<long>() < now) // Issue always writes exp and nbf
        {
            problem = "The access token expiry UTC time is earlier than the current UTC time.";
            return null;
        }

        if (claims["nbf"]!.GetValue<long>() > now)
        {
            problem = "The access token is not valid yet.";
            return null;
        }

        problem = "";
        return new TokenIdentity(
            claims["oid"]?.GetValue<string>() ?? "",
            claims["name"]?.GetValue<string>() ?? "",
            [.. claims["groups"]?.AsArray().Select(group => group!.GetValue<string>()) ?? []]
        ) // written by Issue
        {
            ApplicationId = claims["appid"]?.GetValue<string>() ?? "",
        };
    }

    /// <summary>Each token's signature is checked once: clients send the same token with every request.</summary>
    private JsonNode? Claims(string token)
    {
        if (_known.TryGetValue(token, out var known))
        {
            return known;
        }

        if (token.Split('.') is not [var header, var payload, var signature] || !IsSigned($"{header}.{payload}", signature))
        {
            return null;
        }

        if (_known.Count >= KnownTokensAtMost)
        {
            _known.Clear();
        }

        return _known[token] = JsonNode.Parse(Decode(payload))!; // ours: the signature was valid
    }

    private bool IsSigned(string text, string signature) =>
        System.Buffers.Text.Base64Url.IsValid(signature) && key.HasSigned(text, Decode(signature));

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
