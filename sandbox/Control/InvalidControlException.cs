using MeshPort.Sandbox.Faults;

namespace MeshPort.Sandbox.Control;

/// <summary>What a person asked of the sandbox itself makes no sense; all that is wrong with it.</summary>
public sealed class InvalidControlException(IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => $"{problem.Field}: {problem.Message}")))
{
    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}
