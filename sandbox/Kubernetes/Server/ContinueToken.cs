using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Where the next page of a list starts, in the form of a real token: <c>{"v":"meta.k8s.io/v1","rv":1318,"start":"/cm09\u0000"}</c>.</summary>
/// <param name="Revision">The state that the list is of; -1 to go on at the newest.</param>
/// <param name="After">The last name of the page before, under its namespace in a list of all namespaces.</param>
internal sealed record ContinueToken(long Revision, string After)
{
    public static ContinueToken Read(string token)
    {
        try
        {
            var node = JsonNode.Parse(Base64Url.DecodeFromChars(token));
            return new ContinueToken(
                node.Number("rv") ?? throw new FormatException("no resource version"),
                (node.Text("start") ?? throw new FormatException("no start")).TrimEnd('\0').TrimStart('/')
            );
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw KubeError.BadRequest($"invalid continue token: continue key is not valid: {exception.Message}");
        }
    }

    public override string ToString() =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                new JsonObject
                {
                    ["v"] = "meta.k8s.io/v1",
                    ["rv"] = Revision,
                    ["start"] = $"{(Revision < 0 ? "" : "/")}{After}\0",
                }.ToJsonString()
            )
        );
}
