using MeshPort.Runtime.Contract.Worker;

namespace MeshPort.Runtime.Invocation;

internal sealed class LocalFunctionContext(FunctionEntry entry, IServiceProvider services, IReadOnlyDictionary<string, object?> bindingData, CancellationToken cancellationToken)
    : FunctionContext
{
    public override string InvocationId { get; } = Guid.NewGuid().ToString();

    public override string FunctionId => entry.Name;

    public override BindingContext BindingContext { get; } = new Binding(bindingData);

    public override IServiceProvider InstanceServices { get; set; } = services;

    public override FunctionDefinition FunctionDefinition { get; } = new Definition(entry);

    public override IDictionary<object, object> Items { get; set; } = new Dictionary<object, object>();

    public override CancellationToken CancellationToken => cancellationToken;

    private sealed class Binding(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }

    private sealed class Definition(FunctionEntry entry) : FunctionDefinition
    {
        public override string PathToAssembly => entry.Method.Module.Assembly.Location;

        public override string EntryPoint => entry.EntryPoint;

        public override string Id => entry.Name;

        public override string Name => entry.Name;
    }
}
