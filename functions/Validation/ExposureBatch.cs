using System.Text.Json;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Validation;

/// <summary>
/// Many exposures of one cluster in one request, read all before any is looked at further: <c>[{"name": "...", "spec": {...}}]</c>.
/// </summary>
/// <param name="Wishes">Those that are valid, in their order.</param>
/// <param name="Indexes">Where each of them stands in the request.</param>
/// <param name="Errors">What is wrong with the others; pointers begin with their place in the request.</param>
internal sealed record ExposureBatch(IReadOnlyList<ExposureChange> Wishes, IReadOnlyList<int> Indexes, IReadOnlyList<FieldError> Errors)
{
    public const int Most = 1000;

    /// <param name="pointer">Of the list in the request.</param>
    public static ExposureBatch Read(JsonElement list, string pointer)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            return Refused(new FieldError(pointer, "WrongType", "Write a JSON array of {\"name\": ..., \"spec\": {...}}."));
        }

        if (list.GetArrayLength() is 0 or > Most)
        {
            return Refused(
                new FieldError(
                    pointer,
                    list.GetArrayLength() == 0 ? "Required" : "TooMany",
                    $"There are {list.GetArrayLength()} exposures; send 1 to {Most} in one batch."
                )
            );
        }

        var wishes = new List<ExposureChange>();
        var indexes = new List<int>();
        var errors = new List<FieldError>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var found = new List<FieldError>();
            var wish = ReadOne(item, found, names);
            if (wish is not null && found.Count == 0)
            {
                wishes.Add(wish);
                indexes.Add(index);
            }

            errors.AddRange(found.Select(error => error with { Pointer = $"{pointer}/{index}{error.Pointer}" }));
        }

        return new ExposureBatch(wishes, indexes, errors);
    }

    /// <summary>The batch without wishes that were refused meanwhile.</summary>
    /// <param name="pointer">Of the list in the request.</param>
    public ExposureBatch Without(IReadOnlyList<(int Index, FieldError Error)> refusals, string pointer)
    {
        var refused = refusals.Select(refusal => refusal.Index).ToHashSet();
        return new ExposureBatch(
            [.. Wishes.Where((_, index) => !refused.Contains(index))],
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
            reader.Error("name", "Duplicate", $"'{name}' is in the batch already; name it once.");
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
            reader.Error("spec", "Required", "'spec' is missing.");
        }

        reader.RefuseUnknown();
        return name is not null && exposure is not null ? new ExposureChange(name, exposure, Precondition.None) : null;
    }
}
