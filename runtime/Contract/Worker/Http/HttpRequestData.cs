namespace MeshPort.Runtime.Contract.Worker.Http;

/// <summary>Here only for <see cref="DurableTaskClientExtensions.CreateHttpManagementPayload"/>: no function is given one on this runtime.</summary>
public abstract class HttpRequestData
{
    public HttpRequestData(FunctionContext functionContext) => FunctionContext = functionContext;

    public abstract Uri Url { get; }

    public FunctionContext FunctionContext { get; }
}
