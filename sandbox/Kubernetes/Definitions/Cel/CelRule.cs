using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Definitions.Cel;

/// <summary>One of x-kubernetes-validations, compiled when its definition is read: what the evaluator does not know fails there, so that no rule is silently ignored.</summary>
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

    /// <summary>Compares with the old value; not evaluated when there is none.</summary>
    public bool IsTransition { get; }

    /// <exception cref="NotSupportedException">The rule is beyond this evaluator.</exception>
    public static CelRule Read(JsonNode rule) => new(rule.Text("rule") ?? "", rule.Text("message"));

    /// <returns>What is wrong; null when the rule holds.</returns>
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
