using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Discovery;

/// <summary>Writes the answers to Services: an annotation where it differs, and an Event about each new refusal.</summary>
internal sealed class ServiceAnswers(KubernetesApi api, string installation, DateTimeOffset now)
{
    private const int Concurrency = 8;
    private readonly ConcurrentDictionary<ServiceOwner, Observation> _failed = [];

    /// <param name="answers">By Service, the lines of its answer; null removes the annotation of this installation.</param>
    /// <returns>By Service, why the answer was not written. With reason Pending, a retry may succeed.</returns>
    /// <exception cref="HttpRequestException">The API server cannot be reached.</exception>
    public async Task<IReadOnlyDictionary<ServiceOwner, Observation>> WriteAsync(
        IEnumerable<(JsonObject Service, IReadOnlyList<AnswerLine>? Lines)> answers,
        CancellationToken cancellationToken
    )
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(answers, options, async (answer, token) => await TryAsync(answer.Service, answer.Lines, token));
        return _failed;
    }

    private async Task TryAsync(JsonObject service, IReadOnlyList<AnswerLine>? lines, CancellationToken cancellationToken)
    {
        var text = lines is null ? null : ServiceAnswer.Write(lines, ServiceAnswer.Room(service));
        if (lines is null ? !ServiceAnswer.IsOurs(service, installation) : service.Annotation(ServiceAnnotations.Status) == text)
        {
            return;
        }

        try
        {
            foreach (var refusal in ServiceAnswer.NewRefusals(lines ?? [], ServiceAnswer.Read(service)))
            {
                await api.CreateEventAsync(RefusalEvent.Of(service, refusal, installation, now), cancellationToken);
            }

            await api.AnnotateAsync(service, ServiceAnnotations.Status, text, installation, cancellationToken);
        }
        catch (HttpOperationException exception) when (KubernetesErrors.Refusal(exception, api.Connection) is { } refusal)
        {
            _failed[new ServiceOwner(service.Namespace(), service.Name())] = refusal;
        }
        catch (Exception exception) when (KubernetesErrors.MayPass(exception))
        {
            // The Service has changed, or the server is busy. The next pass sees the difference again.
            _failed[new ServiceOwner(service.Namespace(), service.Name())] = Observation.Unknown(Reasons.Pending, "MeshPort tries again.");
        }
    }
}
