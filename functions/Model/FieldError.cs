namespace MeshPort.Model;

/// <summary>One thing wrong with a request.</summary>
/// <param name="Pointer">RFC 6901 pointer of the field; empty for the whole document.</param>
/// <param name="Code">Stable, CamelCase, for programs.</param>
/// <param name="Detail">What is wrong and what to do, for people.</param>
public sealed record FieldError(string Pointer, string Code, string Detail);

/// <summary>A value, or everything that is wrong with what it should have been made from.</summary>
public sealed record Validated<T>(T? Value, IReadOnlyList<FieldError> Errors)
    where T : class;
