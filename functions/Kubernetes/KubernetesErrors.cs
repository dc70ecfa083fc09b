using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>The one place that decides what exception with an API server means.</summary>
internal static class KubernetesErrors
{
    /// <summary>Runs a station's activity on a cluster's API and turns expected exception, of ARM or of the API server, into its report.</summary>
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
                        } // nothing could be observed
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
                        connections.Forget(cluster); // nobody is there who can be talked to: the cluster may have been made anew
                    }

                    return StepResult.AskAgain(
                        Reasons.ApiServerUnreachable,
                        $"The cluster's API server cannot be reached: {exception.Message} A private cluster needs a network path from here."
                    );
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    return StepResult.AskAgain(
                        Reasons.ApiServerUnreachable,
                        "The cluster's API server did not answer in time. It is asked again."
                    );
                }
            },
            cancellationToken
        );

    /// <summary>What an object's write met, for the condition of the exposure that it belongs to; null when the write should be tried again.</summary>
    public static Observation? Refusal(HttpOperationException exception) =>
        Classify(exception) is { Wait: false } report ? report.Observation : null;

    /// <summary>Trouble that the same request may not meet another time: the server is busy or failing, or the connection broke, perhaps after the work was done.</summary>
    public static bool MayPass(Exception exception) =>
        exception switch
        {
            HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized } => false, // not without another credential
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
                Observation.False(Reasons.KubernetesRefused, $"{said} Correct the spec, or make what is missing in the cluster.")
            ),
            429 or 502 or 503 or 504 => StepResult.AskAgain(
                Reasons.ApiServerUnreachable,
                $"The API server is busy: {said.TrimEnd()} It is asked again."
            ),
            // A server-side apply answers 500 to a body with a wrong type (measured), which no retry mends.
            500 when said.StartsWith("failed to create typed patch object", StringComparison.Ordinal) => StepResult.Done(
                Observation.False(Reasons.KubernetesRefused, said)
            ),
            500 => StepResult.AskAgain(Reasons.ApiServerUnreachable, $"The API server failed: {said} It is asked again."),
            401 => StepResult.AskAgain(Reasons.AccessDenied, "The API server did not take the credential; a new one is fetched."),
            403 => StepResult.Done(
                Observation.False(
                    Reasons.AccessDenied,
                    $"{said} Give MeshPort's identity the role Azure Kubernetes Service RBAC Cluster Admin, or one that covers Istio's kinds."
                )
            ),
            409 when IsOwnedByAnother(exception) => StepResult.Done(Observation.False(Reasons.ObjectNotOurs, said)),
            409 => StepResult.AskAgain(Reasons.Pending, $"An object was changed or replaced since it was looked at: {said}"),
            _ => StepResult.Done(Observation.False(Reasons.KubernetesRefused, said)),
        };
    }

    /// <summary>A field manager other than ours has a field that differs: of the two kinds of 409 the one that has causes (measured).</summary>
    private static bool IsOwnedByAnother(HttpOperationException exception) =>
        Status(exception)?["details"]?["causes"] is JsonArray causes
        && causes.Any(cause => cause?["reason"]?.GetValue<string>() == "FieldManagerConflict");

    private static string Message(HttpOperationException exception) =>
        Status(exception)?["message"]?.GetValue<string>() ?? exception.Message;

    /// <summary>What people read goes on behind it.</summary>
    private static string Sentence(string said) =>
        said.TrimEnd() is { Length: > 0 } text && char.IsLetterOrDigit(text[^1]) ? $"{text}." : said.TrimEnd();

    /// <returns>Null when the answer is none: a proxy's page, or "404 page not found".</returns>
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
