using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Invocation;

internal sealed class LocalFunctionContext(
    FunctionEntry entry,
    IServiceProvider services,
    IReadOnlyDictionary<string, object?> bindingData,
    CancellationToken cancellationToken,
    RetryContext? retry = null
) : FunctionContext
{
    private DeclaredFunction? _definition;

    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => entry.Name;

    public override BindingContext BindingContext { get; } = new Binding(bindingData);

    public override TraceContext TraceContext { get; } = new CurrentTrace();

    public override RetryContext RetryContext { get; } = retry ?? Retry.None;

    public override IInvocationFeatures Features { get; } = new InvocationFeatures();

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition => _definition ??= new DeclaredFunction(entry); // lazy: few functions read it

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override CancellationToken CancellationToken => cancellationToken;

    private sealed class Binding(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }
}
