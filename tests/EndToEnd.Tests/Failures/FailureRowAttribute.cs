namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>The test makes the failure of this row of the table in docs/operations.md.</summary>
/// <param name="code">Of the row: a condition's reason, a problem's type, or a rejection's code.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class FailureRowAttribute(string code) : Attribute
{
    public string Code => code;
}
