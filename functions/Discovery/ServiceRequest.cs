using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Validation;

namespace MeshPort.Discovery;

/// <summary>The exposures that the annotations of a Service ask for, or all errors of the annotations. Pure.</summary>
/// <param name="Errors">For people. Each begins with the annotation.</param>
internal sealed partial record ServiceRequest(IReadOnlyList<ExposureSpec> Exposures, IReadOnlyList<string> Errors)
{
    /// <summary>A probe needs three levels. The value becomes part of a spec, which has a limit too.</summary>
    private const int MostDepth = 8;

    /// <summary>Errors in an answer. Annotations of up to 256 KiB can have tens of thousands.</summary>
    private const int MostErrors = 20;

    /// <summary>Characters of an error, which can quote an annotation.</summary>
    private const int LongestError = 400;

    public static ServiceRequest Read(JsonObject service)
    {
        var errors = new List<string>();
        RefuseUnknown(service, errors);
        var fields = Fields(service, errors);
        var exposures = new List<ExposureSpec>();
        foreach (var (port, target) in Ports(service, errors).TakeWhile(_ => errors.Count < MostErrors))
        {
            if (Validate(service, fields, port, target, errors) is { } exposure)
            {
                exposures.Add(exposure);
            }
        }

        return errors.Count == 0 ? new ServiceRequest(exposures, []) : new ServiceRequest([], Shorten(errors));
    }

    /// <returns>Each error once, the first of them, and the number of the others.</returns>
    private static List<string> Shorten(IEnumerable<string> errors)
    {
        var all = errors.Distinct(StringComparer.Ordinal).ToList();
        List<string> first = [.. all.Take(MostErrors).Select(Shorten)];
        return all.Count > MostErrors ? [.. first, $"There are {all.Count - MostErrors} more errors."] : first;
    }

    /// <summary>Keeps begin and end, which say what is wrong and what to do.</summary>
    private static string Shorten(string error)
    {
        if (error.Length <= LongestError)
        {
            return error;
        }

        // Not between the two halves of a character.
        var begin = LongestError / 2;
        var end = error.Length - begin;
        begin -= char.IsHighSurrogate(error[begin - 1]) ? 1 : 0;
        end += char.IsLowSurrogate(error[end]) ? 1 : 0;
        return $"{error[..begin]}...{error[end..]}";
    }

    /// <summary>An ignored misspelling, such as of <c>sources</c>, would open a port to everybody.</summary>
    private static void RefuseUnknown(JsonObject service, List<string> errors) =>
        errors.AddRange(
            (service.Annotations() ?? [])
                .Select(annotation => annotation.Key)
                .Where(name =>
                    name.StartsWith(ServiceAnnotations.Prefix, StringComparison.Ordinal)
                    && !ServiceAnnotations.All.Contains(name)
                    && name != ServiceAnnotations.Status
                )
                .Select(name => $"{name}: Unknown annotation. Use {string.Join(", ", ServiceAnnotations.All)}.")
        );

    /// <returns>The fields that all exposures of the Service have.</returns>
    private static JsonObject Fields(JsonObject service, List<string> errors)
    {
        var fields = new JsonObject();
        foreach (var (field, annotation) in ServiceAnnotations.OfFields)
        {
            if (service.Annotation(annotation)?.Trim() is not { } text)
            {
                continue;
            }

            if (Items(text).Length == 0)
            {
                errors.Add($"{annotation}: The value is empty. Write one, or remove the annotation."); // no sources would be all sources
            }

            fields[field] = field switch
            {
                "sniHosts" or "allowedSources" => new JsonArray([.. Items(text).Select(item => JsonValue.Create(item))]),
                "probe" when text.Length > 0 => Json(annotation, text, errors),
                _ when text.Length > 0 => text,
                _ => null,
            };
        }

        return fields;
    }

    private static JsonNode? Json(string annotation, string text, List<string> errors)
    {
        var value = JsonText.Parse(Encoding.UTF8.GetBytes(text), out var problem, MostDepth);
        if (problem is null)
        {
            return JsonSerializer.SerializeToNode(value);
        }

        errors.Add(
            $$"""{{annotation}}: The value is not valid JSON. Write an object such as {"send":"ping\n","expect":"pong"}. """ + problem
        );
        return null;
    }

    /// <returns>Ports of the gateway with ports of the Service.</returns>
    private static List<(int Port, int Target)> Ports(JsonObject service, List<string> errors)
    {
        var ports = new List<(int Port, int Target)>();
        var items = Items(service.Annotation(ServiceAnnotations.Expose) ?? "");
        if (items.Length > ExposurePorts.Most)
        {
            errors.Add(
                $"{ServiceAnnotations.Expose}: The value has {items.Length} ports, and at most {ExposurePorts.Most} are possible. "
                    + "Remove some of them."
            );
            return [];
        }

        foreach (var item in items)
        {
            var match = PortRule().Match(item);
            if (!match.Success)
            {
                errors.Add($"{ServiceAnnotations.Expose}: '{item}' is not a port. Write PORT, or PORT:PORT-OF-THE-SERVICE.");
                continue;
            }

            var port = Number(match.Groups["port"].Value);
            ports.Add((port, match.Groups["target"] is { Success: true, Value: var target } ? Number(target) : port));
        }

        if (ports.Count == 0 && errors.Count == 0)
        {
            errors.Add($"{ServiceAnnotations.Expose}: The value has no port. Write a port such as 9000, or remove the annotation.");
        }

        errors.AddRange(
            ports
                .GroupBy(pair => pair.Port)
                .Where(group => group.Count() > 1)
                .Select(group => $"{ServiceAnnotations.Expose}: Port {group.Key} is listed {group.Count()} times. List it once.")
        );
        List<int> known = [.. service.ServicePorts().Where(port => port.IsTcp()).Select(port => port.PortNumber())];
        errors.AddRange(
            ports
                .Where(pair => !known.Contains(pair.Target))
                .Select(pair =>
                    $"{ServiceAnnotations.Expose}: The Service has no TCP port {pair.Target}. "
                    + (known.Count == 0 ? "Add the port to the Service." : $"Write {pair.Port}:{known[0]}, or add the port to the Service.")
                )
        );
        return ports;
    }

    private static ExposureSpec? Validate(JsonObject service, JsonObject fields, int port, int target, List<string> errors)
    {
        var spec = (JsonObject)fields.DeepClone();
        spec["port"] = port;
        spec["backends"] = new JsonArray(
            new JsonObject
            {
                ["service"] = service.Name(),
                ["namespace"] = service.Namespace(),
                ["port"] = target,
            }
        );
        var validated = ExposureValidator.Validate(JsonSerializer.SerializeToElement(spec));
        errors.AddRange(validated.Errors.Select(error => $"{AnnotationOf(error.Pointer)}: {error.Detail}"));
        return validated.Value;
    }

    private static string AnnotationOf(string pointer) =>
        ServiceAnnotations.OfFields.GetValueOrDefault(pointer.Split('/').ElementAtOrDefault(1) ?? "", ServiceAnnotations.Expose);

    private static string[] Items(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<port>[0-9]{1,5})(:(?<target>[0-9]{1,5}))?\z")]
    private static partial Regex PortRule();
}
