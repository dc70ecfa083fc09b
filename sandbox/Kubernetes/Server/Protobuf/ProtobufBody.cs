using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Protobuf;

/// <summary>
/// Converts a protocol buffers body to JSON. kubectl has sent built-in kinds this way since 1.32. An envelope names the kind, followed by
/// its fields (https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding).
/// </summary>
internal static class ProtobufBody
{
    public const string ContentType = "application/vnd.kubernetes.protobuf";
    private const string ListPrefix = "list:";
    private const string MapPrefix = "map:";

    /// <summary>Parts that Go always writes and that carry no information when empty.</summary>
    private static readonly string[] OmittedWhenEmpty = ["status", "resources", "strategy", "loadBalancer"];

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    public static JsonObject Read(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.StartsWith(Magic))
        {
            throw KubeError.BadRequest("the provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }

        var envelope = ProtobufReader.Fields(body[Magic.Length..]);
        var type = ProtobufReader.Fields(envelope.FirstOrDefault(field => field.Number == 1).Bytes);
        var (apiVersion, kind) = (
            Text(type.FirstOrDefault(field => field.Number == 1)),
            Text(type.FirstOrDefault(field => field.Number == 2))
        );
        var message =
            MessageTypes.Of(apiVersion, kind)
            ?? throw KubeError.BadRequest($"no kind \"{kind}\" is registered for version \"{apiVersion}\"");
        var result = new JsonObject { ["kind"] = kind, ["apiVersion"] = apiVersion };
        Fill(result, message, envelope.FirstOrDefault(field => field.Number == 2).Bytes);
        return result;
    }

    private static void Fill(JsonObject target, string message, ReadOnlyMemory<byte> bytes)
    {
        var known = MessageTypes.Fields(message);
        foreach (var wire in ProtobufReader.Fields(bytes))
        {
            if (!known.TryGetValue(wire.Number, out var field))
            {
                continue; // a field of a newer version
            }

            if (field.Name == ".")
            {
                Fill(target, field.Type, wire.Bytes);
            }
            else if (field.Type.StartsWith(ListPrefix, StringComparison.Ordinal))
            {
                (target[field.Name] as JsonArray ?? Put(target, field.Name, new JsonArray())).Add(
                    Value(field.Type[ListPrefix.Length..], wire)
                );
            }
            else if (field.Type.StartsWith(MapPrefix, StringComparison.Ordinal))
            {
                var entry = ProtobufReader.Fields(wire.Bytes);
                target.Child(field.Name)[Text(entry.FirstOrDefault(part => part.Number == 1))] = Value(
                    field.Type[MapPrefix.Length..],
                    entry.FirstOrDefault(part => part.Number == 2)
                );
            }
            else if (Value(field.Type, wire) is { } value && (field.KeepsZero || !IsInsignificant(field, value)))
            {
                target[field.Name] = value;
            }
        }
    }

    private static JsonNode? Value(string type, WireField wire) =>
        type switch
        {
            "s" => Text(wire),
            "i" => (long)wire.Value,
            "b" => wire.Value != 0,
            "d" => BitConverter.UInt64BitsToDouble(wire.Value),
            "y" => Convert.ToBase64String(wire.Bytes.Span),
            "Quantity" => Text(ProtobufReader.Fields(wire.Bytes).FirstOrDefault(field => field.Number == 1)),
            "IntOrString" => IntOrString(ProtobufReader.Fields(wire.Bytes)),
            "Time" => Time(ProtobufReader.Fields(wire.Bytes), "yyyy-MM-dd'T'HH:mm:ss'Z'"),
            "MicroTime" => Time(ProtobufReader.Fields(wire.Bytes), "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"),
            "Raw" => JsonNode.Parse(ProtobufReader.Fields(wire.Bytes).FirstOrDefault(field => field.Number == 1).Bytes.Span),
            "Texts" => new JsonArray([.. ProtobufReader.Fields(wire.Bytes).Select(field => (JsonNode)Text(field))]),
            _ => Message(type, wire.Bytes),
        };

    private static JsonObject Message(string type, ReadOnlyMemory<byte> bytes)
    {
        var message = new JsonObject();
        Fill(message, type, bytes);
        return message;
    }

    private static JsonNode IntOrString(IReadOnlyList<WireField> fields) =>
        fields.FirstOrDefault(field => field.Number == 1).Value == 0
            ? (long)fields.FirstOrDefault(field => field.Number == 2).Value
            : Text(fields.FirstOrDefault(field => field.Number == 3));

    /// <summary>Seconds and nanoseconds since 1970.</summary>
    private static JsonNode? Time(IReadOnlyList<WireField> fields, string format) =>
        fields.FirstOrDefault(field => field.Number == 1).Value is var seconds and > 0
            ? DateTimeOffset
                .FromUnixTimeSeconds((long)seconds)
                .AddTicks((long)fields.FirstOrDefault(field => field.Number == 2).Value / 100)
                .ToString(format, CultureInfo.InvariantCulture)
            : null;

    private static bool IsInsignificant(MessageField field, JsonNode value) =>
        value switch
        {
            JsonObject { Count: 0 } => OmittedWhenEmpty.Contains(field.Name),
            JsonObject => false,
            _ => value.ToJsonString() is "\"\"" or "0" or "false" && field.Type != "IntOrString",
        };

    private static JsonArray Put(JsonObject target, string name, JsonArray list)
    {
        target[name] = list;
        return list;
    }

    private static string Text(WireField field) => Encoding.UTF8.GetString(field.Bytes.Span);
}
