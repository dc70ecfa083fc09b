namespace MeshPort.Sandbox.Kubernetes.Admission.Webhooks;

/// <summary>A webhook did not give a valid answer.</summary>
internal sealed class WebhookException(string message) : Exception(message);
