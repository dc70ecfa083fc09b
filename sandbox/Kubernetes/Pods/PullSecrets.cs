using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The credentials with which a pod's images are pulled. Those of the nodes' identity are not simulated.</summary>
internal sealed class PullSecrets(ObjectStore store)
{
    /// <summary>The secrets that the pod names, and that do not exist.</summary>
    public IEnumerable<string> Missing(JsonObject pod) =>
        Names(pod).Where(name => !store.Has(ResourceCatalog.Secret, pod.Namespace(), name));

    /// <summary>Whether a secret of the pod has an entry for the registry.</summary>
    public bool Open(JsonObject pod, string registry) =>
        Names(pod)
            .Select(name => store.Get(ResourceCatalog.Secret, pod.Namespace(), name).Text("data", ".dockerconfigjson"))
            .Any(data => data is not null && Registries(data)?.ContainsKey(registry) == true);

    private static IEnumerable<string> Names(JsonObject pod) =>
        pod.Items("spec", "imagePullSecrets").Select(secret => secret.Text("name")).OfType<string>();

    private static JsonObject? Registries(string data)
    {
        try
        {
            return JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(data))).At("auths") as JsonObject;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }
}
