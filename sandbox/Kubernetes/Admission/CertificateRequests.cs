using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Certificate requests (kubernetes/kubernetes, pkg/registry/certificates and pkg/apis/certificates/validation). Their author is the
/// caller, their spec never changes, and only the subresource <c>approval</c> approves or denies.
/// </summary>
internal static partial class CertificateRequests
{
    /// <summary>The signer of client certificates for the API server.</summary>
    public const string ClientSigner = "kubernetes.io/kube-apiserver-client";

    private const int ShortestSeconds = 600;
    private const string Administrators = "system:masters";

    private static readonly string[] Usages =
    [
        "signing",
        "digital signature",
        "content commitment",
        "key encipherment",
        "key agreement",
        "data encipherment",
        "cert sign",
        "crl sign",
        "encipher only",
        "decipher only",
        "any",
        "server auth",
        "client auth",
        "code signing",
        "email protection",
        "s/mime",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "timestamping",
        "ocsp signing",
        "microsoft sgc",
        "netscape sgc",
    ];

    /// <summary>The request as a certificate authority reads it. Null when it is none.</summary>
    public static CertificateRequest? Read(JsonObject body)
    {
        try
        {
            return CertificateRequest.LoadSigningRequestPem(
                Encoding.ASCII.GetString(Convert.FromBase64String(body.Text("spec", "request") ?? "")),
                HashAlgorithmName.SHA256
            );
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException or CryptographicException or NotSupportedException)
        {
            return null;
        }
    }

    public static bool Is(JsonObject body, string state) =>
        body.Items("status", "conditions").Any(condition => condition.Text("type") == state);

    /// <exception cref="KubeError">403 when the caller may not approve for the request's signer.</exception>
    public static void DemandApproval(JsonObject body, Func<AccessRequest, bool> allows)
    {
        var signer = body.Text("spec", "signerName") ?? "";
        var access = new AccessRequest("approve", ResourceCatalog.CertificateRequest.Group, "signers", "", signer);
        if (!allows(access) && !allows(access with { Name = $"{signer.Split('/')[0]}/*" }))
        {
            throw KubeError.Forbidden(
                ResourceCatalog.CertificateRequest,
                body.Name(),
                $"user not permitted to approve requests with signerName \"{signer}\""
            );
        }
    }

    /// <summary>Restores the fields that the writer may not set.</summary>
    public static void RestoreFixedFields(JsonObject? before, JsonObject draft, WriteOptions options, string now)
    {
        if (before is null)
        {
            var spec = draft.Child("spec");
            foreach (var written in (string[])["username", "uid", "groups", "extra"])
            {
                spec.Remove(written);
            }

            if (options.Caller is { } caller)
            {
                spec["username"] = caller.User;
                spec["groups"] = new JsonArray([.. caller.Groups.Select(group => (JsonNode)group)]);
            }

            return;
        }

        draft["spec"] = before["spec"]?.DeepClone();
        var conditions = draft.Items("status", "conditions").Select(condition => condition.DeepClone()).ToList();
        if (options.Subresource == ResourceCatalog.Approval)
        {
            // Everything but the approval belongs to the signer.
            draft["status"] = before["status"]?.DeepClone();
            conditions = [.. conditions.Where(IsApproval), .. Conditions(before).Where(condition => !IsApproval(condition))];
        }
        else if (options.Subresource == "status")
        {
            conditions = [.. Conditions(before).Where(IsApproval), .. conditions.Where(condition => !IsApproval(condition))];
        }

        if (conditions.Count > 0)
        {
            draft.Child("status")["conditions"] = new JsonArray([.. conditions]);
        }

        foreach (var condition in draft.Items("status", "conditions").OfType<JsonObject>())
        {
            condition["lastUpdateTime"] ??= now;
            condition["lastTransitionTime"] ??= now;
        }
    }

    public static IEnumerable<Cause> Check(JsonObject? before, JsonObject body)
    {
        if (before is null)
        {
            RefuseAdministrators(body);
            foreach (var cause in Spec(body))
            {
                yield return cause;
            }
        }

        foreach (var (index, condition) in body.Items("status", "conditions").Index())
        {
            if (IsApproval(condition) && condition.Text("status") != "True")
            {
                yield return Cause.Unsupported($"status.conditions[{index}].status", condition.Text("status") ?? "", ["True"]);
            }
        }

        if (Is(body, "Approved") && Is(body, "Denied"))
        {
            yield return Cause.Invalid("status.conditions", "\"Denied\"", "Approved and Denied conditions are mutually exclusive");
        }

        foreach (
            var lost in Conditions(before)
                .Select(condition => condition.Text("type") ?? "")
                .Where(type => before is not null && !Is(body, type))
        )
        {
            yield return new Cause(
                "FieldValueForbidden",
                $"Forbidden: updates may not remove a condition of type \"{lost}\"",
                "status.conditions"
            );
        }
    }

    /// <summary>The admission plugin CertificateSubjectRestriction.</summary>
    private static void RefuseAdministrators(JsonObject body)
    {
        if (
            body.Text("spec", "signerName") == ClientSigner
            && Read(body)?.SubjectName.EnumerateRelativeDistinguishedNames().Any(name => name.GetSingleElementValue() == Administrators)
                == true
        )
        {
            throw KubeError.Forbidden(
                ResourceCatalog.CertificateRequest,
                body.Name(),
                $"use of {ClientSigner} signer with {Administrators} group is not allowed"
            );
        }
    }

    private static IEnumerable<Cause> Spec(JsonObject body)
    {
        if (body.Text("spec", "request") is null or "")
        {
            yield return Cause.Missing("spec.request");
        }
        else if (Read(body) is null)
        {
            yield return Cause.Invalid("spec.request", "[]byte(nil)", "PEM block type must be CERTIFICATE REQUEST");
        }

        if (!body.Items("spec", "usages").Any())
        {
            yield return Cause.Missing("spec.usages");
        }

        foreach (var (index, usage) in body.Items("spec", "usages").Index().Where(entry => !Usages.Contains(entry.Item.ToString())))
        {
            yield return Cause.Unsupported($"spec.usages[{index}]", usage.ToString(), [.. Usages.Order(StringComparer.Ordinal)]);
        }

        if (body.Text("spec", "signerName") is not { Length: > 0 } signer)
        {
            yield return Cause.Missing("spec.signerName");
        }
        else if (!Signer().IsMatch(signer))
        {
            yield return Cause.Invalid(
                "spec.signerName",
                $"\"{signer}\"",
                "must be a fully qualified domain and path of the form 'example.com/signer-name'"
            );
        }

        if (body.Number("spec", "expirationSeconds") is < ShortestSeconds)
        {
            yield return Cause.Invalid(
                "spec.expirationSeconds",
                $"{body.At("spec", "expirationSeconds")}",
                "may not specify a duration less than 600 seconds (10 minutes)"
            );
        }
    }

    private static IEnumerable<JsonNode> Conditions(JsonObject? body) =>
        (body?.Items("status", "conditions") ?? []).Select(condition => condition.DeepClone());

    private static bool IsApproval(JsonNode condition) => condition.Text("type") is "Approved" or "Denied";

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+/[^/%]+$")]
    private static partial Regex Signer();
}
