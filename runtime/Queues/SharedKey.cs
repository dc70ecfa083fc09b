using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// Shared Key authorization of the blob, queue and file services, version 2009-09-19 and later ("Authorize with Shared Key").
/// </summary>
internal static class SharedKey
{
    private static readonly string[] SignedHeaders =
    [
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-MD5",
        "Content-Type",
        "Date",
        "If-Modified-Since",
        "If-Match",
        "If-None-Match",
        "If-Unmodified-Since",
        "Range",
    ];

    /// <param name="target">The raw path and query of the request.</param>
    public static string StringToSign(string account, string method, string target, IHeaderDictionary headers)
    {
        var text = new StringBuilder(method).Append('\n');
        foreach (var name in SignedHeaders)
        {
            text.Append(Signed(name, headers)).Append('\n');
        }

        foreach (
            var (name, value) in headers
                .Where(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase))
                .Select(header => (header.Key.ToLowerInvariant(), header.Value.ToString()))
                .OrderBy(header => header.Item1, StringComparer.Ordinal)
        )
        {
            text.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }

        var query = target.IndexOf('?', StringComparison.Ordinal);
        text.Append('/').Append(account).Append(query < 0 ? target : target[..query]);
        foreach (
            var group in (query < 0 ? "" : target[(query + 1)..])
                .Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Select(pair => pair.Split('=', 2))
                .GroupBy(pair => Uri.UnescapeDataString(pair[0]).ToLowerInvariant())
                .OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            var values = group.Select(pair => pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "").Order(StringComparer.Ordinal);
            text.Append('\n').Append(group.Key).Append(':').AppendJoin(',', values);
        }

        return text.ToString();
    }

    public static bool IsSignedBy(string authorization, string account, byte[] key, string stringToSign)
    {
        var signature = Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(stringToSign)));
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(authorization),
            Encoding.UTF8.GetBytes($"SharedKey {account}:{signature}")
        );
    }

    private static string Signed(string name, IHeaderDictionary headers) =>
        headers[name].ToString() switch
        {
            "0" when name == "Content-Length" => "", // since service version 2015-02-21
            _ when name == "Date" && headers.ContainsKey("x-ms-date") => "",
            var value => value,
        };
}
