namespace MeshPort.Sandbox.Kubernetes;

/// <summary>
/// Reconciles stored objects with their specification. Level-triggered: each run reads everything again and keeps no state.
/// </summary>
internal interface IController
{
    /// <returns>When to run again even without a change. Null when only a change matters.</returns>
    DateTimeOffset? Reconcile(DateTimeOffset now);
}
