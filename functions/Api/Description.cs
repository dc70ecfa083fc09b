using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Serves the OpenAPI description, docs/openapi.yaml.</summary>
internal sealed class Description
{
    [Function("OpenApi")]
    public IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.yaml")] HttpRequest request) =>
        Results.Stream(
            typeof(Description).Assembly.GetManifestResourceStream("openapi.yaml")
                ?? throw new InvalidOperationException("The assembly was built without openapi.yaml."),
            "application/yaml"
        );
}
