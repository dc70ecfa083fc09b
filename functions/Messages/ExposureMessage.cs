using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;

namespace MeshPort.Messages;

/// <summary>
/// A message of the queue <c>meshport-exposures</c>: <c>{"cluster": {"subscriptionId", "resourceGroup", "name"}, "put": [{"name", "spec"}],
/// "delete": ["name"]}</c>. One error rejects the whole message.
/// </summary>
/// <param name="Cluster">Null when the message does not name a valid cluster.</param>
/// <param name="Errors">All errors, those of the batch among them.</param>
internal sealed record ExposureMessage(ClusterId? Cluster, ExposureBatch Batch, IReadOnlyList<FieldError> Errors)
{
    public static ExposureMessage Read(ReadOnlyMemory<byte> body)
    {
        var json = JsonText.Parse(body, out var malformed);
        if (malformed is not null)
        {
            return new ExposureMessage(null, ExposureBatch.Empty, [new FieldError("", "MalformedJson", malformed)]);
        }

        var errors = new List<FieldError>();
        if (SpecReader.Root(json, errors) is not { } reader)
        {
            return new ExposureMessage(null, ExposureBatch.Empty, errors);
        }

        var cluster = ReadCluster(reader, errors);
        var batch = ExposureBatch.Read(reader);
        reader.RefuseUnknown();
        return new ExposureMessage(cluster, batch, [.. errors, .. batch.Errors]);
    }

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
}
