namespace MeshPort.Sandbox.Faults;

/// <summary>A fault rule is not valid.</summary>
/// <param name="problems">Everything that is wrong with it.</param>
public sealed class InvalidFaultException(IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => $"{problem.Field}: {problem.Message}")))
{
    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}
