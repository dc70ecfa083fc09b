#if AZURE
using MeshPort;
using MeshPort.State;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddMeshPort(StateStores.Tables); // instances share it, and forget their disks
await builder.Build().RunAsync();
#endif
