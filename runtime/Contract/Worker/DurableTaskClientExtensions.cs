using MeshPort.Runtime.Contract.DurableTask.Client;
using MeshPort.Runtime.Contract.Worker.Http;

namespace MeshPort.Runtime.Contract.Worker;

public static class DurableTaskClientExtensions
{
    private const string Instances = "/runtime/webhooks/durabletask/instances/";

    /// <param name="request">Gives scheme and authority of the addresses; the host's own when null.</param>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    /// <exception cref="InvalidOperationException">There is no request, and the client does not know the host's address.</exception>
    public static HttpManagementPayload CreateHttpManagementPayload(this DurableTaskClient client, string instanceId, HttpRequestData? request = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var host = request?.Url ?? (client as IHostAddress)?.HostAddress ?? throw new InvalidOperationException("The address of the host is not known here. Pass the request.");
        var instance = host.GetLeftPart(UriPartial.Authority) + Instances + Uri.EscapeDataString(instanceId);

        // No key is asked for on loopback, so the addresses end without one (code=... on Azure).
        return new HttpManagementPayload
        {
            Id = instanceId,
            StatusQueryGetUri = instance,
            SendEventPostUri = $"{instance}/raiseEvent/{{eventName}}",
            TerminatePostUri = $"{instance}/terminate?reason={{{{text}}}}",
            PurgeHistoryDeleteUri = instance,
            SuspendPostUri = $"{instance}/suspend?reason={{{{text}}}}",
            ResumePostUri = $"{instance}/resume?reason={{{{text}}}}",
        };
    }
}

/// <summary>What a client knows of the host that serves the management API, as the official binding's httpBaseUrl.</summary>
internal interface IHostAddress
{
    /// <summary>Null until HTTP is served.</summary>
    Uri? HostAddress { get; }
}
