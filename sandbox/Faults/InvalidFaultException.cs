namespace MeshPort.Sandbox.Faults;

/// <summary>A fault rule is invalid.</summary>
/// <param name="problems">All problems of the rule.</param>
public sealed class InvalidFaultException(IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => $"{problem.Field}: {problem.Message}")))
{
    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}
