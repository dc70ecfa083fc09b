using System.Text.Json;
using MeshPort.Access;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Validation;

/// <summary>
/// The exposures of one request, <c>{"put": [{"name": "...", "spec": {...}}], "delete": ["name"]}</c>, with all errors of all of them.
/// Deleting an exposure that does not exist is no error.
/// </summary>
/// <param name="Changes">The valid exposures: those of <c>put</c> in their order, then those of <c>delete</c>.</param>
/// <param name="Pointers">The pointer of each of them in the request.</param>
/// <param name="Errors">The errors of the others.</param>
internal sealed record ExposureBatch(
    IReadOnlyList<ExposureChange> Changes,
    IReadOnlyList<string> Pointers,
    IReadOnlyList<FieldError> Errors
)
{
    public const int Most = 1000;
    private const string Put = "put";
    private const string Delete = "delete";

    public static readonly ExposureBatch Empty = new([], [], []);

    /// <param name="reader">The request; the caller refuses unknown fields.</param>
    public static ExposureBatch Read(SpecReader reader)
    {
        var errors = new List<FieldError>();
        var changes = new List<(ExposureChange Change, string Pointer)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var puts = ReadPuts(reader, errors, changes, names);
        var deletes = ReadDeletes(reader, errors, changes, names);
        var count = puts + deletes;
        if (count > Most || (count == 0 && errors.Count == 0))
        {
            errors.Add(
                new FieldError(
                    $"/{(deletes > puts ? Delete : Put)}",
                    count == 0 ? "Required" : "TooMany",
                    $"The request names {count} exposures. Name 1 to {Most} in {Put} and {Delete} together."
                )
            );
            changes.Clear();
        }

        return new ExposureBatch([.. changes.Select(one => one.Change)], [.. changes.Select(one => one.Pointer)], errors);
    }

    /// <summary>The batch of a role, which takes no port of a Service that the role may not access.</summary>
    public ExposureBatch Of(AllowList allowed) =>
        this with
        {
            Changes = [.. Changes.Select(change => change with { MayDisplace = allowed.AllowsExposure })],
        };

    /// <summary>The batch without refused changes.</summary>
    public ExposureBatch Without(IReadOnlyList<(int Index, FieldError Error)> refusals)
    {
        var refused = refusals.Select(refusal => refusal.Index).ToHashSet();
        return new ExposureBatch(
            [.. Changes.Where((_, index) => !refused.Contains(index))],
            [.. Pointers.Where((_, index) => !refused.Contains(index))],
            [.. Errors, .. refusals.Select(refusal => At(refusal.Index, refusal.Error))]
        );
    }

    /// <summary>An error of a change, with its pointer in the request.</summary>
    public FieldError At(int change, FieldError error) => error with { Pointer = $"{Pointers[change]}{error.Pointer}" };

    /// <returns>The number of exposures that the list names.</returns>
    private static int ReadPuts(
        SpecReader reader,
        List<FieldError> errors,
        List<(ExposureChange Change, string Pointer)> changes,
        HashSet<string> names
    )
    {
        if (reader.Raw(Put) is not { } list)
        {
            return 0;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            errors.Add(
                new FieldError($"/{Put}", "WrongType", "The value is not a list. Write a JSON array of {\"name\": ..., \"spec\": {...}}.")
            );
            return 0;
        }

        if (list.GetArrayLength() > Most)
        {
            return list.GetArrayLength();
        }

        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var found = new List<FieldError>();
            var pointer = $"/{Put}/{index}";
            if (ReadPut(item, found, names) is { } change && found.Count == 0)
            {
                changes.Add((change, pointer));
            }

            errors.AddRange(found.Select(error => error with { Pointer = $"{pointer}{error.Pointer}" }));
        }

        return list.GetArrayLength();
    }

    private static ExposureChange? ReadPut(JsonElement item, List<FieldError> errors, HashSet<string> names)
    {
        if (SpecReader.Root(item, errors) is not { } reader)
        {
            return null;
        }

        var name = reader.Text("name", required: true, check: ExposureValidator.Name);
        if (name is not null && !names.Add(name))
        {
            reader.Error("name", "Duplicate", Twice(name));
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

    /// <inheritdoc cref="ReadPuts"/>
    private static int ReadDeletes(
        SpecReader reader,
        List<FieldError> errors,
        List<(ExposureChange Change, string Pointer)> changes,
        HashSet<string> names
    )
    {
        var list = reader.Texts(Delete);
        foreach (var (index, name) in list.Take(Most).Index())
        {
            var pointer = $"/{Delete}/{index}";
            if (ExposureValidator.Name.Problem(name) is { } problem)
            {
                errors.Add(new FieldError(pointer, "InvalidValue", problem));
            }
            else if (!names.Add(name))
            {
                errors.Add(new FieldError(pointer, "Duplicate", Twice(name)));
            }
            else
            {
                changes.Add((new ExposureChange(name, null, Precondition.None, MayBeGone: true), pointer));
            }
        }

        return list.Count;
    }

    private static string Twice(string name) => $"The request already contains '{name}'. Name each exposure once.";
}
