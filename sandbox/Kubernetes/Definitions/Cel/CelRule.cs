using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Definitions.Cel;

/// <summary>
/// One of x-kubernetes-validations, compiled when its definition loads. An unsupported expression fails at that point, so that no rule is
/// silently ignored.
/// </summary>
internal sealed class CelRule
{
    private readonly string _text;
    private readonly string? _message;
    private readonly CelExpression _expression;

    private CelRule(string text, string? message)
    {
        _text = text;
        _message = message;
        _expression = CelParser.Parse(text);
        IsTransition = text.Contains("oldSelf", StringComparison.Ordinal);
    }

    /// <summary>The rule compares with the old value. It is not evaluated without one.</summary>
    public bool IsTransition { get; }

    /// <exception cref="NotSupportedException">The evaluator does not support the rule.</exception>
    public static CelRule Read(JsonNode rule) => new(rule.Text("rule") ?? "", rule.Text("message"));

    /// <returns>The failure message. Null when the rule holds.</returns>
    public string? Refusal(JsonNode self, JsonNode? before)
    {
        try
        {
            var scope = new CelScope("self", CelValue.Of(self), before is null ? null : new CelScope("oldSelf", CelValue.Of(before), null));
            return _expression(scope) is true ? null : _message ?? $"failed rule: {_text}";
        }
        catch (CelException error)
        {
            return $"{error.Message} evaluating rule: {_message ?? _text}";
        }
    }
}
