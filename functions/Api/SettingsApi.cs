using System.Runtime.InteropServices;
using MeshPort.Access;
using MeshPort.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Api;

/// <summary>The versions and settings of the app over HTTP, for people who look for the cause of a failure.</summary>
internal sealed class SettingsApi(ApiEndpoint endpoint, IConfiguration configuration)
{
    [Function("GetSettings")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/settings")] HttpRequest request,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            [],
            allowed =>
                Task.FromResult(
                    allowed.IsAboutClusters
                        ? Problem.Forbidden("Your role may access some clusters only, but the settings are those of the whole app.")
                        : Results.Json(
                            new
                            {
                                Version = typeof(SettingsApi).Assembly.GetName().Version?.ToString(3),
                                Runtime = RuntimeInformation.FrameworkDescription,
                                System = RuntimeInformation.OSDescription,
                                Settings = ShownSettings.Of(configuration),
                            },
                            MeshPortJson.Options
                        )
                ),
            cancellationToken
        );
}
