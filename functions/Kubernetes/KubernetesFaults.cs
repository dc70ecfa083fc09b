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
    public static Task<StationReport> GuardAsync(ClusterConnections connections, ClusterId cluster, Func<KubernetesApi, Task<StationReport>> look, CancellationToken cancellationToken) =>
        ArmFaults.GuardAsync(async () =>
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

                return Classify(trouble);
            }
            catch (KubeconfigMissingException trouble)
            {
                return StationReport.Done(Verdict.False(Reasons.KubeconfigMissing, trouble.Message));
            }
            catch (HttpRequestException trouble)
            {
                connections.Forget(cluster);
                return StationReport.AskAgain(Reasons.ApiServerUnreachable, $"The cluster's API server cannot be reached: {trouble.Message} A private cluster needs a network path from here.");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return StationReport.AskAgain(Reasons.ApiServerUnreachable, "The cluster's API server did not answer in time. It is asked again.");
            }
        }, cancellationToken);

    /// <summary>What an object's write met, for the condition of the exposure that it belongs to; null when the write should be tried again.</summary>
    public static Verdict? Refusal(HttpOperationException trouble) =>
        Classify(trouble) is { Wait: false } report ? report.Verdict : null;

    private static StationReport Classify(HttpOperationException trouble)
    {
        var code = (int)trouble.Response.StatusCode;
        var said = Message(trouble);
        return code switch
        {
            400 or 404 or 422 => StationReport.Done(Verdict.False(Reasons.KubernetesRefused, $"{said} Correct the spec, or make what is missing in the cluster.")),
            429 or 502 or 503 or 504 => StationReport.AskAgain(Reasons.ApiServerUnreachable, $"The API server is busy: {said.TrimEnd()} It is asked again."),
            // A server-side apply answers 500 to a body with a wrong type (measured), which no retry mends.
            500 when said.StartsWith("failed to create typed patch object", StringComparison.Ordinal) => StationReport.Done(Verdict.False(Reasons.KubernetesRefused, said)),
            500 => StationReport.AskAgain(Reasons.ApiServerUnreachable, $"The API server failed: {said} It is asked again."),
            401 => StationReport.AskAgain(Reasons.AccessDenied, "The API server did not take the credential; a new one is fetched."),
            403 => StationReport.Done(Verdict.False(Reasons.AccessDenied, $"{said} Give MeshPort's identity the role Azure Kubernetes Service RBAC Cluster Admin, or one that covers Istio's kinds.")),
            409 when said.Contains("the object has been modified", StringComparison.Ordinal) => StationReport.AskAgain(Reasons.ApiServerUnreachable, $"Somebody else wrote meanwhile: {said}"),
            409 => StationReport.Done(Verdict.False(Reasons.ObjectNotOurs, said)),
            _ => StationReport.Done(Verdict.False(Reasons.KubernetesRefused, said)),
        };
    }

    private static string Message(HttpOperationException trouble)
    {
        try
        {
            return JsonNode.Parse(trouble.Response.Content ?? "")?["message"]?.GetValue<string>() ?? trouble.Message;
        }
        catch (JsonException)
        {
            return trouble.Message; // not a Status: a proxy's page, or "404 page not found"
        }
    }
}
