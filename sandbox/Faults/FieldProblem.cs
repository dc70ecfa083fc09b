namespace MeshPort.Sandbox.Faults;

/// <summary>The problem with one field, and how to correct it.</summary>
public sealed record FieldProblem(string Field, string Message);
