using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Definitions.Cel;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Webhooks;

/// <summary>Webhook configurations (kubernetes/kubernetes, pkg/apis/admissionregistration/validation).</summary>
internal static class WebhookValidation
{
    private static readonly string[] SideEffects = ["None", "NoneOnDryRun"];

    public static IEnumerable<Cause> Check(JsonObject body) =>
        body.Items("webhooks").Index().SelectMany(entry => Hook(entry.Item, $"webhooks[{entry.Index}]"));

    private static IEnumerable<Cause> Hook(JsonNode hook, string field)
    {
        var name = hook.Text("name") ?? "";
        if (name.Length == 0)
        {
            yield return Cause.Missing($"{field}.name");
        }
        else if (name.Split('.').Length < 3)
        {
            yield return Cause.Invalid($"{field}.name", $"\"{name}\"", "should be a domain with at least three segments separated by dots");
        }

        if (!hook.Items("admissionReviewVersions").Any())
        {
            yield return new Cause(
                "FieldValueRequired",
                "Required value: must specify one of v1, v1beta1",
                $"{field}.admissionReviewVersions"
            );
        }
        else if (!hook.Items("admissionReviewVersions").Any(version => version.ToString() is "v1" or "v1beta1"))
        {
            yield return Cause.Invalid(
                $"{field}.admissionReviewVersions",
                hook["admissionReviewVersions"]?.ToJsonString() ?? "",
                "must include at least one of v1, v1beta1"
            );
        }

        if (hook.Text("sideEffects") is not { } effects)
        {
            yield return new Cause(
                "FieldValueRequired",
                $"Required value: must specify one of {string.Join(", ", SideEffects)}",
                $"{field}.sideEffects"
            );
        }
        else if (!SideEffects.Contains(effects))
        {
            yield return Cause.Unsupported($"{field}.sideEffects", effects, SideEffects);
        }

        if (hook.Text("failurePolicy") is { } policy and not ("Fail" or "Ignore"))
        {
            yield return Cause.Unsupported($"{field}.failurePolicy", policy, ["Fail", "Ignore"]);
        }

        if (hook.Number("timeoutSeconds") is { } timeout and not (>= 1 and <= 30))
        {
            yield return Cause.Invalid($"{field}.timeoutSeconds", $"{timeout}", "the timeout value must be between 1 and 30 seconds");
        }

        foreach (var cause in Client(hook["clientConfig"], $"{field}.clientConfig"))
        {
            yield return cause;
        }

        foreach (var (index, condition) in hook.Items("matchConditions").Index())
        {
            if (Compile(condition.Text("expression") ?? "") is { } problem)
            {
                yield return Cause.Invalid($"{field}.matchConditions[{index}].expression", $"\"{condition.Text("expression")}\"", problem);
            }
        }
    }

    private static IEnumerable<Cause> Client(JsonNode? client, string field)
    {
        var url = client.Text("url");
        if ((url is null) == (client.At("service") is null))
        {
            yield return new Cause("FieldValueRequired", "Required value: exactly one of url or service is required", field);
        }
        else if (url is not null && Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme != Uri.UriSchemeHttps)
        {
            yield return Cause.Invalid(
                $"{field}.url",
                $"\"{parsed.Scheme}\"",
                "'https' is the only allowed URL scheme; desired format: https://host[/path]"
            );
        }
        else if (url is not null && !Uri.TryCreate(url, UriKind.Absolute, out _))
        {
            yield return Cause.Invalid($"{field}.url", $"\"{url}\"", "host must be specified; desired format: https://host[/path]");
        }
    }

    /// <summary>An expression beyond the subset of <see cref="CelParser"/> is refused, so that no condition is silently ignored.</summary>
    private static string? Compile(string expression)
    {
        try
        {
            CelParser.Parse(expression);
            return null;
        }
        catch (NotSupportedException unsupported)
        {
            return $"compilation failed: {unsupported.Message}";
        }
    }
}
