namespace MeshPort.Sandbox.Faults;

/// <summary>What is wrong with one field, and how to correct it.</summary>
public sealed record FieldProblem(string Field, string Message);
