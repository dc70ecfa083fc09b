namespace MeshPort.Sandbox.Faults;

/// <summary>What a fault does. On the wire it is what the real layer does (reference arm.md section 6, kube-semantics.md section f).</summary>
public enum FaultKind
{
    /// <summary>429 with <c>Retry-After</c>.</summary>
    Throttle,

    /// <summary>409 to a write: another operation is in progress (ARM), the object has been modified (Kubernetes).</summary>
    Conflict,

    /// <summary>403: the caller may not, or with a code of its own somebody's policy forbids it; Entra takes the secret no more.</summary>
    Refused,

    /// <summary>500.</summary>
    InternalError,

    /// <summary>502: ARM lost its connection to the resource provider.</summary>
    BadGateway,

    /// <summary>503.</summary>
    Unavailable,

    /// <summary>The connection is reset before anything is done.</summary>
    Reset,

    /// <summary>The request waits before it is worked on.</summary>
    Slow,

    /// <summary>The work is done, and the connection is reset instead of an answer.</summary>
    Lost,

    /// <summary>A long-running operation ends as <c>Failed</c> when its time has come.</summary>
    OperationFails,

    /// <summary>A long-running operation goes on for longer, or for ever.</summary>
    OperationHangs,

    /// <summary>The registration of a preview feature waits for an approval that never comes.</summary>
    FeaturePending,

    /// <summary>Every connection is reset, those that are open too, until the time is over or the fault is cleared.</summary>
    Down,

    /// <summary>A watch is cut: at once if it runs when the fault is added, else after a while.</summary>
    WatchDropped,
}

/// <summary>At what point in the life of a request a fault is drawn; a rule counts only what reaches its point.</summary>
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

    /// <summary>The layers that can show a fault.</summary>
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
