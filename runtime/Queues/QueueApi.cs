using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>Creates, deletes and lists queues; gets and sets their metadata ("Operations on queues").</summary>
internal sealed class QueueApi(QueueCatalog catalog)
{
    private const int MaximumPage = 5000;

    public async Task<QueueAnswer> CreateAsync(string queue, HttpRequest request, CancellationToken cancellationToken) =>
        new(await catalog.CreateAsync(queue, QueueMetadata.Read(request.Headers), cancellationToken) ? 201 : 204);

    public async Task<QueueAnswer> DeleteAsync(string queue, CancellationToken cancellationToken)
    {
        await catalog.DeleteAsync(queue, cancellationToken);
        return new(204);
    }

    public QueueAnswer GetMetadata(string queue)
    {
        var (metadata, messages) = catalog.Get(queue);
        return new(200)
        {
            Headers =
            [
                .. metadata.Select(pair => (QueueMetadata.Prefix + pair.Key, pair.Value)),
                ("x-ms-approximate-messages-count", $"{messages}"),
            ],
        };
    }

    public async Task<QueueAnswer> SetMetadataAsync(string queue, HttpRequest request, CancellationToken cancellationToken)
    {
        await catalog.SetMetadataAsync(queue, QueueMetadata.Read(request.Headers), cancellationToken);
        return new(204);
    }

    public QueueAnswer List(QueueParameters parameters, Uri service)
    {
        var count = parameters.Number("maxresults", 1, MaximumPage, MaximumPage);
        var prefix = parameters.Find("prefix") ?? "";
        var marker = parameters.Find("marker") ?? "";
        var withMetadata = (parameters.Find("include") ?? "").Split(',').Contains("metadata", StringComparer.OrdinalIgnoreCase);
        var found = catalog.List(prefix, marker, count + 1);
        return new(
            200,
            new XElement(
                "EnumerationResults",
                new XAttribute("ServiceEndpoint", service.AbsoluteUri),
                new XElement("Prefix", QueueXml.Clean(prefix)),
                new XElement("Marker", QueueXml.Clean(marker)),
                new XElement("MaxResults", count),
                new XElement(
                    "Queues",
                    found
                        .Take(count)
                        .Select(queue => new XElement(
                            "Queue",
                            new XElement("Name", queue.Name),
                            withMetadata
                                ? new XElement("Metadata", queue.Metadata.Select(pair => new XElement(pair.Key, pair.Value)))
                                : null
                        ))
                ),
                new XElement("NextMarker", found.Count > count ? found[count].Name : "")
            )
        );
    }
}
