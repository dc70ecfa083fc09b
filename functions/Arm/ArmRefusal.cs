using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Arm;

/// <summary>An error of Azure with everything that tells its meaning.</summary>
/// <param name="Status">HTTP; 0 without an answer.</param>
/// <param name="Codes">
/// The error's own code first, then those of its details and those that its message quotes. AKS wraps the errors of other providers:
/// <c>CreateVMSSAgentPoolFailed</c> with <c>Code="SkuNotAvailable"</c> in the message.
/// </param>
/// <param name="IsOperation">Whether Azure had accepted the request, and the operation failed. Azure then acted as the cluster.</param>
internal sealed partial record ArmRefusal(int Status, IReadOnlyList<string> Codes, string Message, bool IsOperation = false)
{
    public static ArmRefusal Of(int status, ArmError error, bool isOperation = false) =>
        new(status, [error.Code, .. error.Inner, .. QuotedCodes(error.Message)], error.Message, isOperation);

    public bool Has(params IReadOnlyList<string> codes) => Codes.Any(codes.Contains);

    /// <summary>Whether a code contains the word, in any case.</summary>
    public bool HasPart(string word) => Codes.Any(code => code.Contains(word, StringComparison.OrdinalIgnoreCase));

    public bool Says(params IReadOnlyList<string> words) => words.Any(word => Message.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>The codes of an error's details and of its <c>innererror</c>, at any depth.</summary>
    public static IReadOnlyList<string> InnerCodes(JsonNode? error) =>
        [
            .. (error?["details"] as JsonArray ?? [])
                .Append(error?["innererror"] ?? error?["innerError"])
                .OfType<JsonObject>()
                .SelectMany(detail =>
                    (IEnumerable<string?>)[Text(detail["code"]), .. QuotedCodes(Text(detail["message"]) ?? ""), .. InnerCodes(detail)]
                )
                .OfType<string>(),
        ];

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    /// <summary>The codes in a text, such as <c>Code="A"</c>, <c>Code: B</c> and <c>"code":"C"</c>, also with escaped quotes.</summary>
    private static IEnumerable<string> QuotedCodes(string text) =>
        QuotedCode().Matches(text).Select(match => match.Groups["code"].Value).Distinct();

    [GeneratedRegex("""\b(?:error)?code["'\\]*\s*[:=]\s*["'\\]*(?<code>[A-Za-z][A-Za-z0-9_]*)""", RegexOptions.IgnoreCase)]
    private static partial Regex QuotedCode();
}
