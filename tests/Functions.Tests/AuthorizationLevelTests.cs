using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>An HTTP trigger without a level is anonymous in the official type, so every trigger names its level.</summary>
public sealed partial class AuthorizationLevelTests
{
    [Fact]
    public void A_trigger_that_names_no_level_is_anonymous() =>
        Assert.Equal(AuthorizationLevel.Anonymous, new HttpTriggerAttribute("get").AuthLevel);

    [Fact]
    public void Every_HTTP_trigger_names_its_level_in_the_constructor()
    {
        var triggers = DeclaredFunction.All.Where(function => function.Trigger == DeclaredFunction.Http).ToList();

        Assert.NotEmpty(triggers);
        Assert.Equal("", string.Join(", ", triggers.Where(function => function.AuthLevel is null).Select(function => function.Name)));
    }

    [Fact]
    public void Only_operations_that_the_API_description_leaves_open_are_anonymous()
    {
        var description = File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.yaml"));
        // The console's page has no data. Event Grid has a token, and no key. Both are no part of the API.
        var open = Operation()
            .Matches(description)
            .Where(operation => operation.Value.Contains("security: []", StringComparison.Ordinal))
            .Select(operation => operation.Groups["name"].Value)
            .Append("Console")
            .Append(nameof(MeshPort.Events.EventDelivery));

        var anonymous = DeclaredFunction
            .All.Where(function => function.AuthLevel == nameof(AuthorizationLevel.Anonymous))
            .Select(function => function.Name);

        Assert.Equal(open.Order(), anonymous.Order());
    }

    /// <summary>From an operation's id to its responses.</summary>
    [GeneratedRegex(@"operationId: (?<name>\w+).*?responses:", RegexOptions.Singleline)]
    private static partial Regex Operation();
}
