using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;

namespace MeshPort.Messages;

/// <summary>
/// A message of the queue <c>meshport-exposures</c>:
/// <c>{"cluster": {"subscriptionId", "resourceGroup", "name"}, "put": [{"name", "spec"}], "delete": ["name"]}</c>. Read whole: with one error, nothing of it counts.
/// </summary>
/// <param name="Cluster">Null when it names none.</param>
/// <param name="Wishes">Those of <c>put</c>, then those of <c>delete</c>.</param>
/// <param name="Puts">How many they are of <c>put</c>.</param>
internal sealed record ExposureMessage(ClusterId? Cluster, IReadOnlyList<ExposureChange> Wishes, int Puts, IReadOnlyList<FieldError> Errors)
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
        var puts = reader.Raw("put") is { } put && !IsEmpty(put) ? ExposureBatch.Read(put, "/put") : new ExposureBatch([], [], []);
        errors.AddRange(puts.Errors);
        var deletes = ReadDeletes(reader, puts);
        if (puts.Wishes.Count + deletes.Count is var count && (count == 0 && errors.Count == 0 || count > ExposureBatch.Most))
        {
            reader.Error(
                count == 0 ? "put" : "delete",
                count == 0 ? "Required" : "TooMany",
                $"The message is about {count} exposures; name 1 to {ExposureBatch.Most} in put and delete together."
            );
        }

        reader.RefuseUnknown();
        return new ExposureMessage(cluster, [.. puts.Wishes, .. deletes], puts.Wishes.Count, errors);
    }

    /// <summary>Where in the message a wish stands.</summary>
    public string Pointer(int wish) => wish < Puts ? $"/put/{wish}" : $"/delete/{wish - Puts}";

    private static bool IsEmpty(JsonElement list) => list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0;

    private static ClusterId? ReadCluster(SpecReader reader, List<FieldError> errors)
    {
        if (reader.Object("cluster") is not { } named)
        {
            if (!reader.Has("cluster"))
            {
                reader.Error("cluster", "Required", "'cluster' is missing; write {\"subscriptionId\", \"resourceGroup\", \"name\"}.");
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
        var names = puts.Wishes.Select(wish => wish.Name).ToHashSet(StringComparer.Ordinal);
        var deletes = new List<ExposureChange>();
        foreach (var (index, name) in reader.Texts("delete").Index())
        {
            if (ExposureValidator.Name(name) is { } problem)
            {
                reader.Error($"delete/{index}", "InvalidValue", problem);
            }
            else if (!names.Add(name))
            {
                reader.Error($"delete/{index}", "Duplicate", $"'{name}' is in the message already; name it once.");
            }

            deletes.Add(new ExposureChange(name, null, Precondition.None, MayBeGone: true));
        }

        return deletes;
    }
}
