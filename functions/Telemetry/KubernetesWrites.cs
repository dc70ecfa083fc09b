namespace MeshPort.Telemetry;

/// <summary>Counts accepted writes of API servers.</summary>
internal sealed class KubernetesWrites : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (request.Method != HttpMethod.Get && response.IsSuccessStatusCode)
        {
            Instruments.Written("kubernetes");
        }

        return response;
    }
}
