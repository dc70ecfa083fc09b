using MeshPort.Sandbox.Faults;

namespace MeshPort.Sandbox.Control;

/// <summary>A command to the sandbox is invalid. Lists all invalid fields.</summary>
public sealed class InvalidControlException(IReadOnlyList<FieldProblem> problems)
    : Exception(string.Join(' ', problems.Select(problem => $"{problem.Field}: {problem.Message}")))
{
    public IReadOnlyList<FieldProblem> Problems { get; } = problems;
}
