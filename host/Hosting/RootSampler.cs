using System.Diagnostics;
using OpenTelemetry.Trace;

namespace MeshPort.Host.Hosting;

/// <summary>Samples every trace except those that start with an outgoing call. Such a call is the host's own polling.</summary>
internal sealed class RootSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
