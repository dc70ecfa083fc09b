using Azure.Core;
using Azure.Core.Pipeline;

namespace MeshPort.Telemetry;

/// <summary>Counts accepted writes of Azure Resource Manager. Registration is the only POST that writes; the others read secrets.</summary>
internal sealed class ArmWrites : HttpPipelineSynchronousPolicy
{
    public override void OnReceivedResponse(HttpMessage message)
    {
        var (request, method) = (message.Request, message.Request.Method);
        var isWrite =
            method == RequestMethod.Put
            || method == RequestMethod.Patch
            || method == RequestMethod.Delete
            || (method == RequestMethod.Post && request.Uri.Path.EndsWith("/register", StringComparison.OrdinalIgnoreCase));
        if (isWrite && !message.Response.IsError)
        {
            Instruments.Written("arm");
        }
    }
}
