namespace MeshPort.Model;

/// <summary>An error in a request.</summary>
/// <param name="Pointer">RFC 6901 pointer of the field; empty for the whole document.</param>
/// <param name="Code">Stable, CamelCase, for programs.</param>
/// <param name="Detail">The error and its remedy, for people.</param>
public sealed record FieldError(string Pointer, string Code, string Detail);

/// <summary>A value, or all errors of the input.</summary>
public sealed record Validated<T>(T? Value, IReadOnlyList<FieldError> Errors)
    where T : class;
