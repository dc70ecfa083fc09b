namespace MeshPort.Sandbox.Faults;

/// <summary>
/// The kinds of faults. On the wire each looks as in the real layer (reference arm.md section 6, kube-semantics.md section f).
/// </summary>
public enum FaultKind
{
    /// <summary>429 with <c>Retry-After</c>.</summary>
    Throttle,

    /// <summary>409 to a write: another operation is in progress (ARM), the object was modified (Kubernetes).</summary>
    Conflict,

    /// <summary>403: the caller lacks the right, or, with a custom code, a policy forbids it. Entra rejects the secret.</summary>
    Refused,

    /// <summary>500.</summary>
    InternalError,

    /// <summary>502: ARM lost its connection to the resource provider.</summary>
    BadGateway,

    /// <summary>503.</summary>
    Unavailable,

    /// <summary>The connection is reset before any work.</summary>
    Reset,

    /// <summary>The request is delayed.</summary>
    Slow,

    /// <summary>The work is done, but the connection is reset instead of an answer.</summary>
    Lost,

    /// <summary>A long-running operation ends as <c>Failed</c> at its due time.</summary>
    OperationFails,

    /// <summary>A long-running operation takes longer or never ends.</summary>
    OperationHangs,

    /// <summary>The registration of a preview feature waits for an approval that never comes.</summary>
    FeaturePending,

    /// <summary>Every connection, open ones included, is reset until the duration ends or the fault is cleared.</summary>
    Down,

    /// <summary>A watch is cut: a running one immediately, a later one after a while.</summary>
    WatchDropped,
}

/// <summary>The point in a request at which faults apply. A rule counts only calls that reach its point.</summary>
internal enum FaultPoint
{
    Request,
    Watch,
    OperationStart,
    OperationEnd,
    FeatureRegistration,
}

internal static class FaultKinds
{
    public static FaultPoint Point(this FaultKind kind) =>
        kind switch
        {
            FaultKind.OperationHangs => FaultPoint.OperationStart,
            FaultKind.OperationFails => FaultPoint.OperationEnd,
            FaultKind.FeaturePending => FaultPoint.FeatureRegistration,
            FaultKind.WatchDropped => FaultPoint.Watch,
            _ => FaultPoint.Request,
        };

    /// <summary>The layers that support a fault.</summary>
    public static IReadOnlyList<FaultLayer> Layers(this FaultKind kind) =>
        kind switch
        {
            FaultKind.Reset or FaultKind.Slow or FaultKind.Down =>
            [
                FaultLayer.Arm,
                FaultLayer.Kubernetes,
                FaultLayer.Entra,
                FaultLayer.DataPlane,
            ],
            FaultKind.Throttle or FaultKind.Refused or FaultKind.InternalError or FaultKind.Unavailable or FaultKind.Lost =>
            [
                FaultLayer.Arm,
                FaultLayer.Kubernetes,
                FaultLayer.Entra,
            ],
            FaultKind.Conflict => [FaultLayer.Arm, FaultLayer.Kubernetes],
            FaultKind.WatchDropped => [FaultLayer.Kubernetes],
            _ => [FaultLayer.Arm],
        };
}
