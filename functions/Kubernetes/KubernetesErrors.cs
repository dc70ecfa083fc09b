using System.Net;
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

                    var report = Classify(exception);
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

                    return StepResult.AskAgain(
                        Reasons.ApiServerUnreachable,
                        $"The cluster's API server cannot be reached: {exception.Message} "
                            + "A private cluster needs a network path from MeshPort. MeshPort tries again."
                    );
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    return StepResult.AskAgain(
                        Reasons.ApiServerUnreachable,
                        "The cluster's API server did not answer in time. MeshPort tries again."
                    );
                }
            },
            cancellationToken
        );

    /// <summary>The refusal of a write, for the condition of its exposure; null when a retry may succeed.</summary>
    public static Observation? Refusal(HttpOperationException exception) =>
        Classify(exception) is { Wait: false } report ? report.Observation : null;

    /// <summary>
    /// Whether a retry may succeed: the server is busy or failing, or the connection broke, perhaps after the server had done the work.
    /// </summary>
    public static bool MayPass(Exception exception) =>
        exception switch
        {
            HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized } => false, // needs another credential
            HttpOperationException refused => Refusal(refused) is null,
            HttpRequestException or IOException => true,
            _ => false,
        };

    private static StepResult Classify(HttpOperationException exception)
    {
        var code = (int)exception.Response.StatusCode;
        var said = Sentence(Message(exception));
        return code switch
        {
            400 or 404 or 422 => StepResult.Done(
                Observation.False(Reasons.KubernetesRefused, $"{said} Correct the spec, or create the missing object in the cluster.")
            ),
            429 or 502 or 503 or 504 => StepResult.AskAgain(
                Reasons.ApiServerUnreachable,
                $"The API server is busy: {said.TrimEnd()} MeshPort tries again."
            ),
            // A server-side apply answers 500 to a body with a wrong type (measured). A retry does not help.
            500 when said.StartsWith("failed to create typed patch object", StringComparison.Ordinal) => StepResult.Done(
                Observation.False(Reasons.KubernetesRefused, said)
            ),
            500 => StepResult.AskAgain(Reasons.ApiServerUnreachable, $"The API server failed: {said} MeshPort tries again."),
            401 => StepResult.AskAgain(Reasons.AccessDenied, "The API server refused the credential. MeshPort fetches a new one."),
            403 => StepResult.Done(
                Observation.False(
                    Reasons.AccessDenied,
                    $"{said} Give MeshPort's identity the role Azure Kubernetes Service RBAC Cluster Admin, "
                        + "or another role that covers Istio's kinds."
                )
            ),
            409 when IsOwnedByAnother(exception) => StepResult.Done(Observation.False(Reasons.ObjectNotOurs, said)),
            409 => StepResult.AskAgain(Reasons.Pending, $"An object was changed or replaced since MeshPort read it: {said}"),
            _ => StepResult.Done(Observation.False(Reasons.KubernetesRefused, said)),
        };
    }

    /// <summary>
    /// Whether another field manager owns a field that differs. Of the two kinds of 409, only this one has causes (measured).
    /// </summary>
    private static bool IsOwnedByAnother(HttpOperationException exception) =>
        Status(exception)?["details"]?["causes"] is JsonArray causes
        && causes.Any(cause => cause?["reason"]?.GetValue<string>() == "FieldManagerConflict");

    private static string Message(HttpOperationException exception) =>
        Status(exception)?["message"]?.GetValue<string>() ?? exception.Message;

    /// <summary>Ends the text with a period, since another sentence follows.</summary>
    private static string Sentence(string said) =>
        said.TrimEnd() is { Length: > 0 } text && char.IsLetterOrDigit(text[^1]) ? $"{text}." : said.TrimEnd();

    /// <returns>Null when the answer is not a Status, such as a proxy's page or "404 page not found".</returns>
    private static JsonNode? Status(HttpOperationException exception)
    {
        try
        {
            return JsonNode.Parse(exception.Response.Content ?? "");
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
