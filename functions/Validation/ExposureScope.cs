using MeshPort.Access;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Validation;

/// <summary>Checks that a role may access the exposures that a request changes or ends, both as they are and as they will be.</summary>
internal sealed class ExposureScope(ExposureStore exposures)
{
    /// <returns>The changes that the role may not make, by their index, with the reasons.</returns>
    public async Task<IReadOnlyList<(int Index, FieldError Error)>> FindRefusalsAsync(
        AllowList allowed,
        ClusterId cluster,
        IReadOnlyList<ExposureChange> changes,
        CancellationToken cancellationToken
    )
    {
        if (!allowed.IsAboutExposures)
        {
            return [];
        }

        var known = (await exposures.ListAsync(cluster, cancellationToken)).ToDictionary(
            exposure => exposure.Metadata.Name,
            exposure => exposure.Spec,
            StringComparer.Ordinal
        );
        return
        [
            .. changes
                .Index()
                .SelectMany(change =>
                    Refusals(allowed, change.Item, known.GetValueOrDefault(change.Item.Name)).Select(error => (change.Index, error))
                ),
        ];
    }

    /// <returns>Why the role may not delete the cluster: it has exposures that the role may not access, and they would end too.</returns>
    public async Task<IReadOnlyList<FieldError>> FindRefusalsAsync(
        AllowList allowed,
        ClusterId cluster,
        CancellationToken cancellationToken
    ) =>
        allowed.IsAboutExposures
            ?
            [
                .. (await exposures.ListAsync(cluster, cancellationToken))
                    .Where(exposure => exposure.Metadata.DeletedAt is null)
                    .SelectMany(exposure => allowed.Refusals(exposure.Spec))
                    .Select(error => new FieldError("", error.Code, $"An exposure of the cluster would end too: {error.Detail}"))
                    .Distinct(),
            ]
            : [];

    private static IEnumerable<FieldError> Refusals(AllowList allowed, ExposureChange change, ExposureSpec? known)
    {
        var now = known is null
            ? []
            : allowed.Refusals(known).Select(error => new FieldError("", error.Code, $"The current exposure: {error.Detail}"));
        return change.Spec is null ? now : allowed.Refusals(change.Spec).Concat(now);
    }
}
