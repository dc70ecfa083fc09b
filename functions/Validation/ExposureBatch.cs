using System.Text.Json;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Validation;

/// <summary>
/// Reads a list of exposures, <c>[{"name": "...", "spec": {...}}]</c>, with all errors of all exposures.
/// </summary>
/// <param name="Changes">The valid exposures, in their order.</param>
/// <param name="Indexes">The index of each of them in the request.</param>
/// <param name="Errors">The errors of the others; pointers begin with their index in the request.</param>
internal sealed record ExposureBatch(IReadOnlyList<ExposureChange> Changes, IReadOnlyList<int> Indexes, IReadOnlyList<FieldError> Errors)
{
    public const int Most = 1000;

    public static readonly ExposureBatch Empty = new([], [], []);

    /// <param name="pointer">The pointer of the list in the request.</param>
    public static ExposureBatch Read(JsonElement list, string pointer)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return Refused(
                new FieldError(pointer, "WrongType", "The value is not a list. Write a JSON array of {\"name\": ..., \"spec\": {...}}.")
            );
        }

        if (list.GetArrayLength() is 0 or > Most)
        {
            return Refused(
                new FieldError(
                    pointer,
                    list.GetArrayLength() == 0 ? "Required" : "TooMany",
                    $"The batch has {list.GetArrayLength()} exposures. Send 1 to {Most}."
                )
            );
        }

        var changes = new List<ExposureChange>();
        var indexes = new List<int>();
        var errors = new List<FieldError>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var found = new List<FieldError>();
            var change = ReadOne(item, found, names);
            if (change is not null && found.Count == 0)
            {
                changes.Add(change);
                indexes.Add(index);
            }

            errors.AddRange(found.Select(error => error with { Pointer = $"{pointer}/{index}{error.Pointer}" }));
        }

        return new ExposureBatch(changes, indexes, errors);
    }

    /// <summary>The batch without refused changes.</summary>
    /// <param name="pointer">The pointer of the list in the request.</param>
    public ExposureBatch Without(IReadOnlyList<(int Index, FieldError Error)> refusals, string pointer)
    {
        var refused = refusals.Select(refusal => refusal.Index).ToHashSet();
        return new ExposureBatch(
            [.. Changes.Where((_, index) => !refused.Contains(index))],
            [.. Indexes.Where((_, index) => !refused.Contains(index))],
            [
                .. Errors,
                .. refusals.Select(refusal =>
                    refusal.Error with
                    {
                        Pointer = $"{pointer}/{Indexes[refusal.Index]}{refusal.Error.Pointer}",
                    }
                ),
            ]
        );
    }

    private static ExposureBatch Refused(FieldError error) => new([], [], [error]);

    private static ExposureChange? ReadOne(JsonElement item, List<FieldError> errors, HashSet<string> names)
    {
        if (SpecReader.Root(item, errors) is not { } reader)
        {
            return null;
        }

        var name = reader.Text("name", required: true, check: ExposureValidator.Name);
        if (name is not null && !names.Add(name))
        {
            reader.Error("name", "Duplicate", $"The batch already contains '{name}'. Name each exposure once.");
        }

        ExposureSpec? exposure = null;
        if (reader.Raw("spec") is { } json)
        {
            var spec = ExposureValidator.Validate(json);
            exposure = spec.Value;
            errors.AddRange(spec.Errors.Select(error => error with { Pointer = $"/spec{error.Pointer}" }));
        }
        else
        {
            reader.Error("spec", "Required", "'spec' is missing. Set it.");
        }

        reader.RefuseUnknown();
        return name is not null && exposure is not null ? new ExposureChange(name, exposure, Precondition.None) : null;
    }
}
