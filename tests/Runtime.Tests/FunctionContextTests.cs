using System.Diagnostics;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Tests;

public sealed class FunctionContextTests
{
    [Fact]
    public void A_function_definition_has_the_declared_bindings()
    {
        var context = Context();
        var definition = context.FunctionDefinition;
        Assert.Equal(("Put", "Put", $"{typeof(Declared).FullName}.PutAsync"), (definition.Name, context.FunctionId, definition.EntryPoint));
        Assert.Equal(typeof(Declared).Assembly.Location, definition.PathToAssembly);
        Assert.Equal(["request", "client", "id", "count"], definition.Parameters.Select(parameter => parameter.Name));
        Assert.Equal([true, true, true, false], definition.Parameters.Select(parameter => parameter.IsReferenceOrNullableType));
        Assert.Equal((true, (object?)3), (definition.Parameters[3].HasDefaultValue, definition.Parameters[3].DefaultValue));
        Assert.IsType<HttpTriggerAttribute>(definition.Parameters[0].Properties["bindingAttribute"]);
        Assert.Empty(definition.Parameters[2].Properties);
        Assert.Equal(
            [("client", "durableClient"), ("request", "httpTrigger")],
            definition.InputBindings.Values.Select(binding => (binding.Name, binding.Type)).Order()
        );
        Assert.All(definition.InputBindings.Values, binding => Assert.Equal(BindingDirection.In, binding.Direction));
        var output = Assert.Single(definition.OutputBindings);
        Assert.Equal(("$return", "http", BindingDirection.Out), (output.Key, output.Value.Type, output.Value.Direction));
    }

    [Fact]
    public void The_outputs_of_a_result_with_parts_are_bindings_by_name()
    {
        var entry = FunctionCatalog.Find([typeof(Triggers.Functions.HttpFunctions)], "the test").Single(found => found.Name == "Enqueue");
        var outputs = new DeclaredFunction(entry).OutputBindings;
        Assert.Equal([("Answer", "http"), ("Messages", "queue")], outputs.Values.Select(output => (output.Name, output.Type)).Order());
    }

    [Fact]
    public void An_invocation_has_features_no_retries_and_its_callers_trace()
    {
        using var source = new ActivitySource("test");
        using var activity = new Activity("call").SetIdFormat(ActivityIdFormat.W3C).Start();
        var context = Context();
        Assert.Equal(activity.Id, context.TraceContext.TraceParent);
        Assert.Equal("", context.TraceContext.TraceState);
        Assert.Empty(context.TraceContext.Attributes);
        Assert.Empty(context.TraceContext.Baggage);
        Assert.Equal((0, 0), (context.RetryContext.RetryCount, context.RetryContext.MaxRetryCount));

        Assert.Null(context.Features.Get<string>());
        context.Features.Set("a");
        context.Features.Set(1);
        Assert.Equal("a", context.Features.Get<string>());
        context.Features.Set<string>(null!); // removes it
        Assert.Equal(KeyValuePair.Create(typeof(int), (object)1), Assert.Single(context.Features));
    }

    private static LocalFunctionContext Context()
    {
        var entry = Assert.Single(FunctionCatalog.Find([typeof(Declared)], "the test"));
        return new LocalFunctionContext(
            entry,
            EmptyServices.Instance,
            new Dictionary<string, object?>(),
            TestContext.Current.CancellationToken
        );
    }

    private sealed class EmptyServices : IServiceProvider
    {
        public static readonly EmptyServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }

    private static class Declared
    {
        [Function("Put")]
        public static Task<IResult> PutAsync(
            [HttpTrigger(AuthorizationLevel.Function, "put")] HttpRequest request,
            [DurableClient] DurableTaskClient client,
            string? id,
            int count = 3
        ) => Task.FromResult(Results.Text($"{request.Path} {client.Name} {id} {count}"));
    }
}
