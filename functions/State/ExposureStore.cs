using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Reads the desired state of exposures together with the observed state, without histories.</summary>
internal sealed class ExposureStore(IStateStore store)
{
    public async Task<Resource<ExposureSpec>?> GetAsync(ClusterId id, string name, CancellationToken cancellationToken)
    {
        var key = Documents.Exposure(name);
        var rows = await store.ListAsync(Documents.Partition(id), key, null, 2, cancellationToken); // the status sorts next to the exposure
        return rows is [var first, ..] && first.Key == key ? Read(rows)[0] : null;
    }

    /// <summary>All exposures of a cluster, in the order of their names; up to 1,000 take one read of the store.</summary>
    public async Task<IReadOnlyList<Resource<ExposureSpec>>> ListAsync(ClusterId id, CancellationToken cancellationToken)
    {
        var rows = new List<StateRow>();
        await foreach (var row in store.ReadAllAsync(Documents.Partition(id), Documents.Exposures, cancellationToken))
        {
            rows.Add(row);
        }

        return Read(rows);
    }

    /// <summary>A page of the exposures of a cluster.</summary>
    /// <param name="after">The last name of the previous page; null for the first page.</param>
    public async Task<IReadOnlyList<Resource<ExposureSpec>>> ListAsync(
        ClusterId id,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var size = (2 * limit) + 1; // each exposure with its status, and one row more to see that the last status is complete
        var last = after is null ? null : Documents.ExposureStatus(after);
        var rows = new List<StateRow>();
        IReadOnlyList<StateRow> page;
        do
        {
            page = await store.ListAsync(Documents.Partition(id), Documents.Exposures, last, size, cancellationToken);
            rows.AddRange(page);
            last = page.Count == 0 ? null : page[^1].Key;
        } while (page.Count == size && rows.Count(row => !Documents.IsExposureStatus(row.Key)) <= limit);

        return [.. Read(rows).Take(limit)];
    }

    /// <param name="rows">Exposures and their statuses.</param>
    private static IReadOnlyList<Resource<ExposureSpec>> Read(IReadOnlyList<StateRow> rows)
    {
        var statuses = rows.Where(row => Documents.IsExposureStatus(row.Key)).ToDictionary(row => row.Key, StringComparer.Ordinal);
        return
        [
            .. rows.Where(row => !Documents.IsExposureStatus(row.Key))
                .Select(row => Stored<ExposureDocument>.Read(row).Document)
                .Select(exposure => Resource(exposure, statuses.GetValueOrDefault(Documents.ExposureStatus(exposure.Metadata.Name)))),
        ];
    }

    /// <summary>A stored exposure is an accepted one, so <c>Accepted</c> is not stored.</summary>
    private static Resource<ExposureSpec> Resource(ExposureDocument exposure, StateRow? stored)
    {
        var status = stored is null
            ? ResourceStatus.New(ConditionTypes.OfExposure, exposure.Metadata.CreatedAt)
            : Stored<StatusDocument>.Read(stored).Document.Read();
        var accepted = Observation.True(
            Reasons.AsDesired,
            $"The exposure holds {exposure.Spec.TellPorts()} of the {exposure.Spec.Gateway.Text()} gateway."
        );
        return new Resource<ExposureSpec>(
            exposure.Spec,
            exposure.Metadata,
            status.With(ConditionTypes.Accepted, accepted, exposure.Metadata.Generation, exposure.Metadata.UpdatedAt) with
            {
                History = [], // the history records the request itself
            }
        )
        {
            Change = exposure.Change,
        };
    }
}
