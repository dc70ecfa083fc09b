namespace MeshPort.Runtime.Tests.Queues;

public sealed class EmbeddedListenerTests : QueueListenerSuite
{
    private EmbeddedService? _service;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }
    }

    protected override async Task<string> ConnectAsync()
    {
        _service = await EmbeddedService.StartAsync(TimeProvider.System, Token);
        return _service.ConnectionString;
    }
}
