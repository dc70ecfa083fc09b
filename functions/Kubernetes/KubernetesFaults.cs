using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Arm;
using MeshPort.Clusters;

namespace MeshPort.Kubernetes;

/// <summary>The one place that decides what trouble with an API server means.</summary>
internal static class KubernetesFaults
{
    /// <summary>Runs a station's activity on a cluster's API and turns expected trouble, of ARM or of the API server, into its report.</summary>
    public static Task<StationReport> GuardAsync(
        ClusterConnections connections,
        ClusterId cluster,
        Func<KubernetesApi, Task<StationReport>> look,
        CancellationToken cancellationToken
    ) =>
        ArmFaults.GuardAsync(
            async () =>
            {
                try
                {
                    return await look(await connections.ConnectAsync(cluster, cancellationToken));
                }
                catch (HttpOperationException trouble)
                {
                    if (trouble.Response.StatusCode is HttpStatusCode.Unauthorized)
                    {
                        connections.Forget(cluster);
                    }

                    var report = Classify(trouble);
                    return report.Verdict.Reason == Reasons.AccessDenied
                        ? report with
                        {
                            Verdict = report.Verdict with { Status = ConditionStatus.Unknown },
                        } // nothing could be observed
                        : report;
                }
                catch (KubeconfigMissingException trouble)
                {
                    return StationReport.Done(Verdict.False(Reasons.KubeconfigMissing, trouble.Message));
                }
                catch (Exception trouble) when (trouble is HttpRequestException or IOException)
                {
                    if (
                        trouble is HttpRequestException
                        {
                            HttpRequestError: HttpRequestError.NameResolutionError
                                or HttpRequestError.ConnectionError
                                or HttpRequestError.SecureConnectionError
                        }
                    )
                    {
                        connections.Forget(cluster); // nobody is there who can be talked to: the cluster may have been made anew
                    }

                    return StationReport.AskAgain(
                        Reasons.ApiServerUnreachable,
                        $"The cluster's API server cannot be reached: {trouble.Message} A private cluster needs a network path from here."
                    );
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    return StationReport.AskAgain(
                        Reasons.ApiServerUnreachable,
                        "The cluster's API server did not answer in time. It is asked again."
                    );
                }
            },
            cancellationToken
        );

    /// <summary>What an object's write met, for the condition of the exposure that it belongs to; null when the write should be tried again.</summary>
    public static Verdict? Refusal(HttpOperationException trouble) => Classify(trouble) is { Wait: false } report ? report.Verdict : null;

    /// <summary>Trouble that the same request may not meet another time: the server is busy or failing, or the connection broke, perhaps after the work was done.</summary>
    public static bool MayPass(Exception trouble) =>
        trouble switch
        {
            HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized } => false, // not without another credential
            HttpOperationException refused => Refusal(refused) is null,
            HttpRequestException or IOException => true,
            _ => false,
        };

    private static StationReport Classify(HttpOperationException trouble)
    {
        var code = (int)trouble.Response.StatusCode;
        var said = Sentence(Message(trouble));
        return code switch
        {
            400 or 404 or 422 => StationReport.Done(
                Verdict.False(Reasons.KubernetesRefused, $"{said} Correct the spec, or make what is missing in the cluster.")
            ),
            429 or 502 or 503 or 504 => StationReport.AskAgain(
                Reasons.ApiServerUnreachable,
                $"The API server is busy: {said.TrimEnd()} It is asked again."
            ),
            // A server-side apply answers 500 to a body with a wrong type (measured), which no retry mends.
            500 when said.StartsWith("failed to create typed patch object", StringComparison.Ordinal) => StationReport.Done(
                Verdict.False(Reasons.KubernetesRefused, said)
            ),
            500 => StationReport.AskAgain(Reasons.ApiServerUnreachable, $"The API server failed: {said} It is asked again."),
            401 => StationReport.AskAgain(Reasons.AccessDenied, "The API server did not take the credential; a new one is fetched."),
            403 => StationReport.Done(
                Verdict.False(
                    Reasons.AccessDenied,
                    $"{said} Give MeshPort's identity the role Azure Kubernetes Service RBAC Cluster Admin, or one that covers Istio's kinds."
                )
            ),
            409 when IsOwnedByAnother(trouble) => StationReport.Done(Verdict.False(Reasons.ObjectNotOurs, said)),
            409 => StationReport.AskAgain(Reasons.Pending, $"An object was changed or replaced since it was looked at: {said}"),
            _ => StationReport.Done(Verdict.False(Reasons.KubernetesRefused, said)),
        };
    }

    /// <summary>A field manager other than ours has a field that differs: of the two kinds of 409 the one that has causes (measured).</summary>
    private static bool IsOwnedByAnother(HttpOperationException trouble) =>
        Status(trouble)?["details"]?["causes"] is JsonArray causes
        && causes.Any(cause => cause?["reason"]?.GetValue<string>() == "FieldManagerConflict");

    private static string Message(HttpOperationException trouble) => Status(trouble)?["message"]?.GetValue<string>() ?? trouble.Message;

    /// <summary>What people read goes on behind it.</summary>
    private static string Sentence(string said) =>
        said.TrimEnd() is { Length: > 0 } text && char.IsLetterOrDigit(text[^1]) ? $"{text}." : said.TrimEnd();

    /// <returns>Null when the answer is none: a proxy's page, or "404 page not found".</returns>
    private static JsonNode? Status(HttpOperationException trouble)
    {
        try
        {
            return JsonNode.Parse(trouble.Response.Content ?? "");
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
