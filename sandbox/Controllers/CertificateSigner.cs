using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Signs approved requests for client certificates of the API server (kubernetes/kubernetes, pkg/controller/certificates/signer). Requests
/// for kubelets and for other signers stay unsigned.
/// </summary>
internal sealed class CertificateSigner(ObjectStore store, ObjectWriter writer, SandboxCertificates certificates) : IController
{
    private const string Failed = "Failed";
    private static readonly string[] Allowed = ["digital signature", "key encipherment", "client auth"];
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(365);
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager", "status");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var request in store.List(ResourceCatalog.CertificateRequest).Where(IsWaiting))
        {
            writer.Update(ResourceCatalog.CertificateRequest, "", request.Name(), Sign, Options);
        }

        return null;
    }

    private static bool IsWaiting(JsonObject request) =>
        request.Text("spec", "signerName") == CertificateRequests.ClientSigner
        && request.Text("status", "certificate") is null or ""
        && CertificateRequests.Is(request, "Approved")
        && !CertificateRequests.Is(request, Failed);

    private JsonObject Sign(JsonObject request)
    {
        string[] usages = [.. request.Items("spec", "usages").Select(usage => usage.ToString())];
        if (!usages.Contains("client auth") || usages.Except(Allowed).Any() || CertificateRequests.Read(request) is not { } asked)
        {
            var conditions = request.Items("status", "conditions").Select(condition => condition.DeepClone());
            request.Child("status")["conditions"] = new JsonArray([
                .. conditions,
                new JsonObject
                {
                    ["type"] = Failed,
                    ["status"] = "True",
                    ["reason"] = "SignerValidationFailure",
                    ["message"] = $"usages did not match [{string.Join(' ', Allowed)}]",
                },
            ]);
            return request;
        }

        var lifetime = request.Number("spec", "expirationSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultLifetime;
        using var certificate = certificates.SignClient(asked, lifetime);
        request.Child("status")["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"));
        return request;
    }
}
