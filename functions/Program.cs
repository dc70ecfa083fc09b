#if AZURE
using MeshPort;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddMeshPort();
await builder.Build().RunAsync();
#endif
