using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>
/// The deployments of infra/, each compiled and predicted once in a test run. The template of a deployment contains those of its modules.
/// </summary>
internal static class Deployment
{
    public const string Main = "main.bicepparam";
    public const string Events = "events.bicepparam";

    public static readonly string Infra = Path.Combine(AppContext.BaseDirectory, "infra");

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ConcurrentDictionary<string, Lazy<Task<Compilation>>> Compiled = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, Lazy<Task<JsonArray>>> Predicted = new(StringComparer.Ordinal);

    /// <param name="file">A .bicepparam file in infra/.</param>
    public static Task<Compilation> CompileAsync(string file) =>
        Compiled.GetOrAdd(file, _ => new(() => BicepCompiler.CompileAsync(Path.Combine(Infra, file), CancellationToken.None))).Value;

    /// <summary>The resources that a deployment creates.</summary>
    /// <inheritdoc cref="CompileAsync"/>
    public static Task<JsonArray> PredictAsync(string file) =>
        Predicted.GetOrAdd(file, _ => new(() => BicepCompiler.PredictAsync(Path.Combine(Infra, file), CancellationToken.None))).Value;

    /// <summary>The template that goes to Azure.</summary>
    public static async Task<string> TemplateAsync(string file) =>
        JsonNode.Parse((await CompileAsync(file)).Template)?["templateJson"]?.GetValue<string>()
        ?? throw new InvalidDataException($"The compilation of {file} has no template.");

    /// <param name="module">The name of a module of main.bicep, for example <c>alerts</c>.</param>
    /// <returns>The module's template, as JSON and as text.</returns>
    public static async Task<(JsonNode Template, string Text)> ModuleAsync(string module)
    {
        var template =
            JsonNode.Parse(await TemplateAsync(Main))?["resources"]?[module]?["properties"]?["template"]
            ?? throw new InvalidDataException($"main.bicep has no module {module}.");
        return (template, template.ToJsonString(Readable));
    }
}
