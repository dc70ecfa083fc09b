using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Stands for the person or program that brings certificates to the gateways (<see cref="SandboxOptions.GatewaySecrets"/>), once for each
/// namespace: a Secret that somebody deletes stays away.
/// </summary>
internal sealed class BroughtSecrets(ObjectStore store, ObjectWriter writer, SandboxWorld world) : IController
{
    private string? _servedNamespace;

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        if (store.Get(ResourceCatalog.Namespace, "", MeshObjects.IngressNamespace)?.Uid() is not { } uid || uid == _servedNamespace)
        {
            return null;
        }

        foreach (var secret in world.GatewaySecrets)
        {
            if (store.Get(ResourceCatalog.Secret, MeshObjects.IngressNamespace, secret.Name) is null)
            {
                writer.Create(ResourceCatalog.Secret, Make(secret), new WriteOptions(ResourceCatalog.Secret.Versions[0], "kubectl-create"));
            }
        }

        _servedNamespace = uid;
        return null;
    }

    private JsonObject Make(GatewaySecret secret)
    {
        using var certificate = world.Certificates.IssueServer(secret.ServerNames, []);
        using var key = certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("The certificate has no key.");
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = secret.Name, ["namespace"] = MeshObjects.IngressNamespace },
            ["type"] = "kubernetes.io/tls",
            ["data"] = new JsonObject
            {
                ["tls.crt"] = Text(certificate.ExportCertificatePem()),
                ["tls.key"] = Text(key.ExportPkcs8PrivateKeyPem()),
            },
        };
    }

    private static string Text(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
}
