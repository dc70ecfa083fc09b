using System.Diagnostics;
using OpenTelemetry.Trace;

namespace MeshPort.Host.Hosting;

/// <summary>Keeps every trace but those that begin with a call to somebody else: the host's own polling, which is nobody's work.</summary>
internal sealed class RootSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
