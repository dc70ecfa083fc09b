namespace MeshPort.Sandbox.Kubernetes;

/// <summary>Brings stored objects in line with what they ask for. Level-triggered: everything is read anew each time, nothing is remembered in between.</summary>
internal interface IController
{
    /// <returns>When to look again although nothing changed; null when only a change matters.</returns>
    DateTimeOffset? Reconcile(DateTimeOffset now);
}
