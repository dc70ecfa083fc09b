namespace MeshPort.Exposures;

/// <summary>Something of a cluster that only one exposure can have.</summary>
/// <param name="Thing">Its key within the cluster.</param>
/// <param name="Description">As a sentence begins with it.</param>
/// <param name="Pointer">The field of the request that asks for it.</param>
internal sealed record Claim(string Thing, string Description, string Pointer)
{
    public static IReadOnlyList<Claim> Of(ExposureSpec spec)
    {
        var gateway = spec.Gateway.ToString().ToLowerInvariant();
        var port = new Claim($"port/{gateway}/{spec.Port}", $"Port {spec.Port} of the {gateway} gateway", "/spec/port");
        if (spec.Workload is null)
        {
            return [port];
        }

        // Two Deployments of one name would undo each other for ever.
        var backend = spec.Backends[0];
        return [port, new Claim($"workload/{backend.Namespace}/{backend.Service}", $"Workload {backend.Namespace}/{backend.Service}", "/spec/backends/0/service")];
    }
}
