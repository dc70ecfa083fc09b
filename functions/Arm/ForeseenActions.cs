using Azure.Core;
using Azure.Core.Pipeline;

namespace MeshPort.Arm;

/// <summary>
/// Blocks every request to Azure Resource Manager that MeshPort's role does not allow. An identity with too many rights cannot be made to
/// use them, and a call that is added without its right fails in the first test rather than in a subscription.
/// </summary>
internal sealed class ForeseenActions : HttpPipelineSynchronousPolicy
{
    /// <exception cref="InvalidOperationException">The request is not foreseen.</exception>
    public override void OnSendingRequest(HttpMessage message)
    {
        var action = ArmActions.Of(message.Request.Method.Method, message.Request.Uri.ToUri().AbsolutePath);
        if (!ArmActions.IsForeseen(action))
        {
            throw new InvalidOperationException(
                $"MeshPort's role does not foresee {action}; "
                    + "add it to ArmActions and to infra/modules/clusterAccess.bicep, with the reason."
            );
        }
    }
}
