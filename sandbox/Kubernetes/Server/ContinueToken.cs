using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// The start of a list's next page, in the format of a real token: <c>{"v":"meta.k8s.io/v1","rv":1318,"start":"/cm09\u0000"}</c>.
/// </summary>
/// <param name="Revision">The revision of the list. -1 continues at the newest.</param>
/// <param name="After">The last name of the previous page; in a list of all namespaces, with its namespace.</param>
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
