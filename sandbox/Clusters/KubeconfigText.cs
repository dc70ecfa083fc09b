using System.Text;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Clusters;

/// <summary>Kubeconfigs in the form that AKS returns (<c>az aks get-credentials</c>, <c>--admin</c>, <c>--format exec</c>).</summary>
internal static class KubeconfigText
{
    public static string Of(SandboxWorld world, ClusterShape shape, Uri server, KubeconfigKind kind)
    {
        var group = shape.ClusterId.Split('/', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var named, ..] ? named : "group";
        var admin = kind is KubeconfigKind.Admin or KubeconfigKind.BackDoor;
        var user = $"{(admin ? "clusterAdmin" : "clusterUser")}_{group}_{shape.Name}";
        var context = admin ? $"{shape.Name}-admin" : shape.Name;
        return $"""
                apiVersion: v1
                kind: Config
                clusters:
                - name: {shape.Name}
                  cluster:
                    certificate-authority-data: {Encode(world.Certificates.AuthorityPem)}
                    server: {server.GetLeftPart(UriPartial.Authority)}
                contexts:
                - name: {context}
                  context:
                    cluster: {shape.Name}
                    user: {user}
                current-context: {context}
                preferences: {"{}"}
                users:
                - name: {user}
                  user:

                """
            + kind switch
            {
                KubeconfigKind.UserExec => Exec(),
                KubeconfigKind.UserAzure => AuthProvider(),
                _ => Certificate(world, kind),
            };
    }

    private static string Certificate(SandboxWorld world, KubeconfigKind kind)
    {
        using var certificate = world.Certificates.IssueClient(
            kind == KubeconfigKind.BackDoor ? KubeAuthentication.BackDoorUser : KubeAuthentication.LocalAccountUser,
            ["system:masters"]
        );
        using var key =
            System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)
            ?? throw new InvalidOperationException("The client certificate has no private key.");
        return $"""
                client-certificate-data: {Encode(certificate.ExportCertificatePem())}
                client-key-data: {Encode(key.ExportPkcs8PrivateKeyPem())}

            """;
    }

    private static string Exec() =>
        $"""
                exec:
                  apiVersion: client.authentication.k8s.io/v1beta1
                  args:
                  - get-token
                  - --environment
                  - AzurePublicCloud
                  - --server-id
                  - {SandboxTokens.KubernetesAudience}
                  - --client-id
                  - 80faf920-1908-4b52-b5ef-a8e7bedfc67a
                  - --tenant-id
                  - {Application.TenantId}
                  - --login
                  - devicecode
                  command: kubelogin
                  env: null
                  installHint: |
                    kubelogin is not installed which is required to connect to an AAD enabled cluster.
                  provideClusterInfo: false

            """;

    private static string AuthProvider() =>
        $"""
                auth-provider:
                  config:
                    apiserver-id: {SandboxTokens.KubernetesAudience}
                    client-id: 80faf920-1908-4b52-b5ef-a8e7bedfc67a
                    config-mode: "1"
                    environment: AzurePublicCloud
                    tenant-id: {Application.TenantId}
                  name: azure

            """;

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
