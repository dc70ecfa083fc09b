namespace MeshPort.Host.Environments;

/// <summary>One error in a file.</summary>
/// <param name="Where">The position. Null when the error has none.</param>
/// <param name="Field">A path like <c>cluster.spec.nodePool.count</c>. Empty for the whole document.</param>
/// <param name="Detail">The error and its fix.</param>
internal sealed record InputProblem(string File, Position? Where, string Field, string Detail)
{
    /// <summary>In the format that editors and terminals turn into a link: <c>file:line:column: field: detail</c>.</summary>
    public override string ToString() => $"{Place}: {(Field.Length > 0 ? $"{Field}: " : "")}{Detail}";

    public string Place => Where is { } at ? $"{File}:{at.Line}:{at.Column}" : File;
}

/// <summary>A position in a text. Line and column count from 1.</summary>
internal readonly record struct Position(long Line, long Column);

/// <summary>A file is invalid. Carries all its errors.</summary>
internal sealed class InvalidEnvironmentException(IReadOnlyList<InputProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<InputProblem> Problems => problems;
}
