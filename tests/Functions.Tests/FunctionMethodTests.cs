using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>The worker of Azure Functions looks for the public method of a function by name, and fails if several have it.</summary>
public sealed class FunctionMethodTests
{
    [Fact]
    public void No_method_of_a_function_has_a_public_overload()
    {
        var ambiguous = DeclaredFunction
            .Methods.Where(method => method.DeclaringType?.GetMethods().Count(other => other.Name == method.Name) > 1)
            .Select(method => $"{method.DeclaringType?.Name}.{method.Name}");

        Assert.Equal("", string.Join(", ", ambiguous.Distinct()));
    }
}
