using System.Text.Json;
using Azure.Core.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshPort.Runtime.Contract.Worker.Http;

/// <summary>What the official worker has as WorkerOptions.Serializer: JSON with the application's options (functions-api A5).</summary>
internal static class WorkerSerializer
{
    public static ObjectSerializer Of(FunctionContext context) =>
        new JsonObjectSerializer(context.InstanceServices.GetRequiredService<IOptions<JsonSerializerOptions>>().Value);
}
