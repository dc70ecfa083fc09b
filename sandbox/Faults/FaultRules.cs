namespace MeshPort.Sandbox.Faults;

/// <summary>Validates rules and reports all problems at once.</summary>
internal static class FaultRules
{
    private static readonly FaultKind[] States = [FaultKind.Down];
    private static readonly FaultKind[] WithDuration = [FaultKind.Slow, FaultKind.WatchDropped, FaultKind.OperationHangs, FaultKind.Down];
    private static readonly FaultKind[] WithRetryAfter = [FaultKind.Throttle, FaultKind.Unavailable];
    private static readonly FaultKind[] WithMessage =
    [
        FaultKind.Throttle,
        FaultKind.Conflict,
        FaultKind.Refused,
        FaultKind.InternalError,
        FaultKind.BadGateway,
        FaultKind.Unavailable,
        FaultKind.OperationFails,
    ];

    public static IReadOnlyList<FieldProblem> Check(FaultRule rule) =>
        [
            .. When(
                !rule.Kind.Layers().Contains(rule.Layer),
                "layer",
                $"{Name(rule.Kind)} does not happen in {Name(rule.Layer)}; write {Or(rule.Kind.Layers())}."
            ),
            .. When(
                rule.Operation.Split(' ') is not [{ Length: > 0 }, { Length: > 0 }],
                "operation",
                $"'{rule.Operation}' is not a method and a resource type. Write for example 'PUT managedClusters' or '* *'."
            ),
            .. When(rule.Target.Length == 0, "target", "The target is empty. Write a name with * for any characters, or omit it."),
            .. When(rule.Probability is not (null or (>= 0 and <= 1)), "probability", $"{rule.Probability} is not between 0 and 1."),
            .. When(rule.Count is < 1, "count", $"{rule.Count} is not a positive whole number."),
            .. When(rule.Every is < 1, "every", $"{rule.Every} is not a positive whole number."),
            .. When(
                rule.Every is not null && rule.Probability is not null,
                "every",
                "every cannot be combined with probability. Omit one of them."
            ),
            .. When(rule.After < 0, "after", $"{rule.After} is negative."),
            .. When(
                States.Contains(rule.Kind) && (rule.Probability ?? rule.Count ?? rule.Every) is not null,
                "kind",
                $"{Name(rule.Kind)} is a lasting state. Omit probability, count and every."
            ),
            .. When(rule.RetryAfter is < 0, "retryAfter", $"{rule.RetryAfter} is negative."),
            .. When(
                rule.RetryAfter is not null && !WithRetryAfter.Contains(rule.Kind),
                "retryAfter",
                $"retryAfter is only valid for {Or(WithRetryAfter)}. Omit it."
            ),
            .. When(
                rule.Duration is not (null or (>= 0 and <= 31_536_000)),
                "duration",
                $"{rule.Duration} is not a number of seconds from 0 to a year (31536000)."
            ),
            .. When(
                rule.Duration is not null && !WithDuration.Contains(rule.Kind),
                "duration",
                $"duration is only valid for {Or(WithDuration)}. Omit it."
            ),
            .. When(
                rule.Code is not null && !WithMessage.Contains(rule.Kind),
                "code",
                $"code is only valid for {Or(WithMessage)}. Omit it."
            ),
            .. When(
                rule.Message is not null && !WithMessage.Contains(rule.Kind),
                "message",
                $"message is only valid for {Or(WithMessage)}. Omit it."
            ),
        ];

    /// <summary>The name in JSON and on the command line.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string Or<T>(IEnumerable<T> values)
        where T : struct, Enum => string.Join(" or ", values.Select(Name));

    private static FieldProblem[] When(bool wrong, string field, string message) => wrong ? [new(field, message)] : [];
}
