using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;

namespace MeshPort.Messages;

/// <summary>
/// A message of the queue <c>meshport-exposures</c>: <c>{"cluster": {"subscriptionId", "resourceGroup", "name"}, "put": [{"name", "spec"}],
/// "delete": ["name"]}</c>. One error rejects the whole message.
/// </summary>
/// <param name="Cluster">Null when the message does not name a valid cluster.</param>
/// <param name="Changes">The exposures of <c>put</c>, then those of <c>delete</c>.</param>
/// <param name="Puts">The number of exposures of <c>put</c>.</param>
internal sealed record ExposureMessage(
    ClusterId? Cluster,
    IReadOnlyList<ExposureChange> Changes,
    int Puts,
    IReadOnlyList<FieldError> Errors
)
{
    public static ExposureMessage Read(ReadOnlyMemory<byte> body)
    {
        var json = JsonText.Parse(body, out var malformed);
        if (malformed is not null)
        {
            return new ExposureMessage(null, [], 0, [new FieldError("", "MalformedJson", malformed)]);
        }

        var errors = new List<FieldError>();
        if (SpecReader.Root(json, errors) is not { } reader)
        {
            return new ExposureMessage(null, [], 0, errors);
        }

        var cluster = ReadCluster(reader, errors);
        var puts = reader.Raw("put") is { } put && !IsEmpty(put) ? ExposureBatch.Read(put, "/put") : ExposureBatch.Empty;
        errors.AddRange(puts.Errors);
        var deletes = ReadDeletes(reader, puts);
        if (puts.Changes.Count + deletes.Count is var count && (count == 0 && errors.Count == 0 || count > ExposureBatch.Most))
        {
            reader.Error(
                count == 0 ? "put" : "delete",
                count == 0 ? "Required" : "TooMany",
                $"The message names {count} exposures. Name 1 to {ExposureBatch.Most} in put and delete together."
            );
        }

        reader.RefuseUnknown();
        return new ExposureMessage(cluster, [.. puts.Changes, .. deletes], puts.Changes.Count, errors);
    }

    /// <summary>The pointer of a change in the message.</summary>
    public string Pointer(int change) => change < Puts ? $"/put/{change}" : $"/delete/{change - Puts}";

    private static bool IsEmpty(JsonElement list) => list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0;

    private static ClusterId? ReadCluster(SpecReader reader, List<FieldError> errors)
    {
        if (reader.Object("cluster") is not { } named)
        {
            if (!reader.Has("cluster"))
            {
                reader.Error("cluster", "Required", "'cluster' is missing. Write {\"subscriptionId\", \"resourceGroup\", \"name\"}.");
            }

            return null;
        }

        var (subscription, group, name) = (
            named.Text("subscriptionId", required: true),
            named.Text("resourceGroup", required: true),
            named.Text("name", required: true)
        );
        named.RefuseUnknown();
        if (subscription is null || group is null || name is null)
        {
            return null;
        }

        var isNamed = ClusterId.TryCreate(subscription, group, name, out var id, out var wrong);
        errors.AddRange(
            wrong.Select(error => error with { Pointer = error.Pointer == "/cluster" ? "/cluster/name" : $"/cluster{error.Pointer}" })
        );
        return isNamed ? id : null;
    }

    private static List<ExposureChange> ReadDeletes(SpecReader reader, ExposureBatch puts)
    {
        var names = puts.Changes.Select(change => change.Name).ToHashSet(StringComparer.Ordinal);
        var deletes = new List<ExposureChange>();
        foreach (var (index, name) in reader.Texts("delete").Index())
        {
            if (ExposureValidator.Name(name) is { } problem)
            {
                reader.Error($"delete/{index}", "InvalidValue", problem);
            }
            else if (!names.Add(name))
            {
                reader.Error($"delete/{index}", "Duplicate", $"The message already contains '{name}'. Name each exposure once.");
            }

            deletes.Add(new ExposureChange(name, null, Precondition.None, MayBeGone: true));
        }

        return deletes;
    }
}
