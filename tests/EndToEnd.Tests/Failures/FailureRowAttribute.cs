namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>The test causes the failure in this row of the table in docs/operations.md.</summary>
/// <param name="code">The code of the row: a condition's reason, a problem's type, or a rejection's code.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class FailureRowAttribute(string code) : Attribute
{
    public string Code => code;
}
