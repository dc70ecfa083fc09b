using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Certificate requests: their author, their approval, and the signer of client certificates.</summary>
public sealed class CertificateRequestTests : OwnClusterTests
{
    [Fact]
    public async Task An_approved_request_becomes_a_certificate_that_the_server_accepts()
    {
        using var key = RSA.Create(2048);
        await CreateAsync("jane", "CN=jane, O=developers", key);
        var made = await ReadAsync("jane");
        Assert.Contains("system:masters", made.Spec.Groups); // of the caller, not of the body
        Assert.NotEqual("mallory", made.Spec.Username);
        Assert.Null(made.Status?.Certificate);

        await DecideAsync("jane", "Approved");
        var certificate = await Wait.ForAsync(async () => (await ReadAsync("jane")).Status?.Certificate, Cancel);

        using var signed = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(certificate));
        using var identity = signed.CopyWithPrivateKey(key);
        using var handler = new HttpClientHandler();
        handler.ClientCertificates.Add(identity);
        handler.ServerCertificateCustomValidationCallback = (_, _, _, _) => true; // the test is about the client
        using var http = new HttpClient(handler) { BaseAddress = Client.BaseUri };
        using var answer = await http.PostAsync(
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            new StringContent(
                """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""",
                Encoding.UTF8,
                "application/json"
            ),
            Cancel
        );
        var review = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("\"username\":\"jane\"", review, StringComparison.Ordinal);
        Assert.Contains("developers", review, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_denied_request_is_never_signed_and_keeps_its_decision()
    {
        using var key = RSA.Create(2048);
        await CreateAsync("denied", "CN=jane", key);

        await DecideAsync("denied", "Denied");

        var refusal = await Assert.ThrowsAsync<HttpOperationException>(() => DecideAsync("denied", "Approved"));
        Assert.Contains("mutually exclusive", refusal.Response.Content, StringComparison.Ordinal);
        var changed = await ReadAsync("denied");
        changed.Spec.SignerName = "example.com/other";
        changed.Status = null;
        await Client.CertificatesV1.ReplaceCertificateSigningRequestAsync(changed, "denied", cancellationToken: Cancel);
        changed = await ReadAsync("denied");
        Assert.Equal("kubernetes.io/kube-apiserver-client", changed.Spec.SignerName);
        Assert.Equal("Denied", Assert.Single(changed.Status.Conditions).Type);
        Assert.Null(changed.Status.Certificate);
    }

    [Fact]
    public async Task A_request_whose_usages_the_signer_does_not_allow_fails()
    {
        using var key = RSA.Create(2048);
        await CreateAsync("server", "CN=jane", key, usages: ["server auth"]);

        await DecideAsync("server", "Approved");

        var failed = await Wait.ForAsync(
            async () => (await ReadAsync("server")).Status.Conditions.FirstOrDefault(condition => condition.Type == "Failed"),
            Cancel
        );
        Assert.Equal("SignerValidationFailure", failed.Reason);
    }

    [Fact]
    public async Task A_request_that_is_no_request_is_refused()
    {
        using var key = RSA.Create(2048);
        Assert.Contains(
            "system:masters group is not allowed",
            await RefusalAsync(() => CreateAsync("admin", "CN=jane, O=system:masters", key)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "PEM block type must be CERTIFICATE REQUEST",
            await RefusalAsync(() => CreateAsync("text", "CN=jane", key, request: "text")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "spec.usages",
            await RefusalAsync(() => CreateAsync("usages", "CN=jane", key, usages: ["everything"])),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "fully qualified domain",
            await RefusalAsync(() => CreateAsync("signer", "CN=jane", key, signer: "mine")),
            StringComparison.Ordinal
        );
    }

    private static async Task<string> RefusalAsync(Func<Task> create) =>
        (await Assert.ThrowsAsync<HttpOperationException>(create)).Response.Content;

    private Task<V1CertificateSigningRequest> ReadAsync(string name) =>
        Client.CertificatesV1.ReadCertificateSigningRequestAsync(name, cancellationToken: Cancel);

    private Task CreateAsync(
        string name,
        string subject,
        RSA key,
        string[]? usages = null,
        string signer = "kubernetes.io/kube-apiserver-client",
        string? request = null
    ) =>
        Client.CertificatesV1.CreateCertificateSigningRequestAsync(
            new V1CertificateSigningRequest
            {
                Metadata = new V1ObjectMeta { Name = name },
                Spec = new V1CertificateSigningRequestSpec
                {
                    Request = Encoding.ASCII.GetBytes(
                        request
                            ?? new CertificateRequest(
                                subject,
                                key,
                                HashAlgorithmName.SHA256,
                                RSASignaturePadding.Pkcs1
                            ).CreateSigningRequestPem()
                    ),
                    SignerName = signer,
                    Usages = usages ?? ["client auth"],
                    ExpirationSeconds = 3600,
                    Username = "mallory",
                },
            },
            cancellationToken: Cancel
        );

    /// <summary>As <c>kubectl certificate approve</c> and <c>deny</c>.</summary>
    private async Task DecideAsync(string name, string decision)
    {
        var request = await ReadAsync(name);
        request.Status ??= new V1CertificateSigningRequestStatus();
        request.Status.Conditions =
        [
            .. request.Status.Conditions ?? [],
            new V1CertificateSigningRequestCondition
            {
                Type = decision,
                Status = "True",
                Reason = "Test",
                Message = "decided by the test",
            },
        ];
        await Client.CertificatesV1.ReplaceCertificateSigningRequestApprovalAsync(request, name, cancellationToken: Cancel);
    }
}
