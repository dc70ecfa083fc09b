namespace MeshPort.Host.Environments;

/// <summary>One thing wrong with a file.</summary>
/// <param name="Where">Null when the problem is not at a place in the text.</param>
/// <param name="Field">A path like <c>cluster.spec.nodePool.count</c>; empty for the whole document.</param>
/// <param name="Detail">What is wrong and what to do.</param>
internal sealed record InputProblem(string File, Position? Where, string Field, string Detail)
{
    /// <summary>In the form that editors and terminals make a link of: <c>file:line:column: field: detail</c>.</summary>
    public override string ToString() =>
        $"{File}{(Where is { } at ? $":{at.Line}:{at.Column}" : "")}: {(Field.Length > 0 ? $"{Field}: " : "")}{Detail}";
}

/// <summary>Counted from 1.</summary>
internal readonly record struct Position(long Line, long Column);

/// <summary>A file cannot be used; carries everything that is wrong with it.</summary>
internal sealed class InvalidEnvironmentException(IReadOnlyList<InputProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<InputProblem> Problems => problems;
}
