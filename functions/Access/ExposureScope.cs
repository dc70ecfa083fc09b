using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Access;

/// <summary>Whether exposures are within what a role may touch, both as they are and as they are to be.</summary>
internal sealed class ExposureScope(ExposureStore exposures)
{
    /// <returns>Which of the wishes are out of bounds, by their place, and why.</returns>
    public async Task<IReadOnlyList<(int Index, FieldError Error)>> FindRefusalsAsync(
        AllowList allowed,
        ClusterId cluster,
        IReadOnlyList<ExposureChange> wishes,
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
            .. wishes
                .Index()
                .SelectMany(wish =>
                    Refusals(allowed, wish.Item, known.GetValueOrDefault(wish.Item.Name)).Select(error => (wish.Index, error))
                ),
        ];
    }

    private static IEnumerable<FieldError> Refusals(AllowList allowed, ExposureChange wish, ExposureSpec? known)
    {
        var now = known is null
            ? []
            : allowed.Refusals(known).Select(error => new FieldError("", error.Code, $"The exposure as it is: {error.Detail}"));
        return wish.Spec is null ? now : allowed.Refusals(wish.Spec).Concat(now);
    }
}
