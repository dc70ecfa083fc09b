using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>The only place that classifies exceptions of API servers.</summary>
internal static class KubernetesErrors
{
    /// <summary>
    /// Runs the activity of a step on a cluster's API, and turns expected exceptions of ARM and of the API server into its result.
    /// </summary>
    public static Task<StepResult> ClassifyErrorsAsync(
        ClusterConnections connections,
        ClusterId cluster,
        Connection connection,
        Func<KubernetesApi, Task<StepResult>> look,
        CancellationToken cancellationToken
    ) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                async Task<StepResult> UnreachableAsync(string said, bool isUntrusted)
                {
                    var found = connection.IsAks ? await connections.FindClusterAsync(cluster, cancellationToken) : null;
                    return StepResult.AskAgain(
                        Reasons.ApiServerUnreachable,
                        $"The cluster's API server cannot be reached: {KubernetesRefusals.Sentence(said)} "
                            + $"{UnreachableServer.Advice(connection, found, isUntrusted)} MeshPort tries again."
                    );
                }

                try
                {
                    return await look(await connections.ConnectAsync(cluster, connection, cancellationToken));
                }
                catch (HttpOperationException exception)
                {
                    if (exception.Response.StatusCode is HttpStatusCode.Unauthorized)
                    {
                        connections.Forget(cluster);
                    }

                    var report = Classify(exception, connection);
                    return report.Observation.Reason == Reasons.AccessDenied
                        ? report with
                        {
                            Observation = report.Observation with { Status = ConditionStatus.Unknown },
                        } // observed nothing
                        : report;
                }
                catch (KubeconfigMissingException exception)
                {
                    return StepResult.Done(Observation.False(Reasons.KubeconfigMissing, exception.Message));
                }
                catch (Exception exception) when (exception is HttpRequestException or IOException)
                {
                    if (
                        exception is HttpRequestException
                        {
                            HttpRequestError: HttpRequestError.NameResolutionError
                                or HttpRequestError.ConnectionError
                                or HttpRequestError.SecureConnectionError
                        }
                    )
                    {
                        connections.Forget(cluster); // the cluster may have been created again, with another address
                    }
                    else
                    {
                        connections.Doubt(cluster);
                    }

                    return await UnreachableAsync(Said(exception), isUntrusted: exception.InnerException is AuthenticationException);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    connections.Doubt(cluster);
                    return await UnreachableAsync("It did not answer in time.", isUntrusted: false);
                }
            },
            cancellationToken
        );

    /// <summary>
    /// The outermost message names the address that refuses, or the name that is unknown. Otherwise only the innermost one names the cause.
    /// </summary>
    private static string Said(Exception exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError }
            ? exception.Message
            : exception.GetBaseException().Message;

    /// <summary>
    /// The refusal of a write, for the condition of its exposure; null when a retry at once may succeed. A webhook that does not answer,
    /// such as that of an istiod that restarts, is left to the next pass: each call may take seconds.
    /// </summary>
    public static Observation? Refusal(HttpOperationException exception, Connection connection) =>
        Classify(exception, connection) is var report && (!report.Wait || report.Observation.Reason == Reasons.WebhookUnavailable)
            ? report.Observation
            : null;

    /// <summary>
    /// Whether a transient failure may be of the object alone: the server has answered, and not that it is busy or that the credential is
    /// refused.
    /// </summary>
    public static bool IsOfObject(Exception exception) =>
        exception is HttpOperationException { Response.StatusCode: HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError };

    /// <summary>The observation of an object that the server fails to write again and again.</summary>
    public static Observation OfObject(ObjectRef target, Exception exception, Connection connection) =>
        exception is HttpOperationException failure && Classify(failure, connection).Observation is { } said
            ? Observation.Unknown(
                said.Reason == Reasons.ApiServerUnreachable ? Reasons.KubernetesRefused : said.Reason,
                $"{target} cannot be written. {said.Message}"
            )
            : throw new ArgumentException("The server has not answered.", nameof(exception), exception);

    /// <summary>
    /// Whether a retry may succeed: the server is busy or failing, or the connection broke, perhaps after the server had done the work.
    /// </summary>
    public static bool MayPass(Exception exception) =>
        exception switch
        {
            HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized } => false, // needs another credential
            HttpOperationException refused => Refusal(refused, Connection.Aks) is null,
            HttpRequestException or IOException => true,
            _ => false,
        };

    private static StepResult Classify(HttpOperationException exception, Connection connection)
    {
        var status = Status(exception);
        return KubernetesRefusals.Classify(
            new KubernetesRefusal(
                (int)exception.Response.StatusCode,
                status?["message"]?.GetValue<string>() ?? exception.Message,
                [
                    .. (status?["details"]?["causes"] as JsonArray ?? [])
                        .Select(cause => cause?["reason"]?.GetValue<string>())
                        .OfType<string>(),
                ],
                IsStatus: status?["kind"]?.GetValue<string>() == "Status",
                NamespaceOf(exception.Request?.RequestUri)
            ),
            connection
        );
    }

    private static string? NamespaceOf(Uri? request) =>
        request?.AbsolutePath.Split('/').SkipWhile(part => part != "namespaces").ElementAtOrDefault(1);

    /// <returns>Null when the answer is not a Status, such as a proxy's page or "404 page not found".</returns>
    private static JsonObject? Status(HttpOperationException exception)
    {
        try
        {
            return JsonNode.Parse(exception.Response.Content ?? "") as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
