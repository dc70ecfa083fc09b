using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>An error of an API server.</summary>
/// <param name="Message">Of its Status; otherwise that of the exception.</param>
/// <param name="Causes">The reasons in the details of its Status.</param>
/// <param name="IsStatus">False when the answer is not a Status, such as a page of a proxy.</param>
/// <param name="Namespace">The namespace of the request; null when it has none.</param>
internal sealed record KubernetesRefusal(
    int Status,
    string Message,
    IReadOnlyList<string> Causes,
    bool IsStatus = true,
    string? Namespace = null
);

/// <summary>
/// The meaning of an API server's error, from its status, its message and its causes. The first row that matches decides:
/// <code>
/// status    message or cause                                   reason                 may pass
/// 401       any                                                AccessDenied           yes
/// not 5xx   User "system:anonymous" cannot ...                 AccessDenied           no
/// not 5xx   User "..." cannot VERB resource, path              AccessDenied           no
/// any       failed calling webhook                             WebhookUnavailable     yes
/// any       another row of <see cref="AdmissionRefusals"/>     its reason             no
/// 422       not configured for dual-stack, on this cluster     IpFamilyMissing        no
/// 403       not a Status                                       AccessDenied           no
/// 403       any                                                AdmissionDenied        no
/// 429       any                                                ApiServerUnreachable   yes
/// 409       cause FieldManagerConflict                         ObjectNotOurs          no
/// 409       any                                                Pending                yes
/// 500       failed to create typed patch object                KubernetesRefused      no
/// 5xx       any                                                ApiServerUnreachable   yes
/// any       any                                                KubernetesRefused      no
/// </code>
/// Only the rows about a User are about rights. A role does not help against admission.
/// </summary>
internal static partial class KubernetesRefusals
{
    public static StepResult Classify(KubernetesRefusal error, Connection connection)
    {
        var said = Sentence(error.Message);
        return error switch
        {
            { Status: 401 } => StepResult.AskAgain(Reasons.AccessDenied, NotAuthenticated(connection)),
            { Status: < 500 } when User().Match(error.Message) is { Success: true } user => False(
                Reasons.AccessDenied,
                $"{said} {MissingRight(user.Groups["user"].Value, error.Message, connection)}"
            ),
            _ when AdmissionRefusals.Find(error) is { Reason: Reasons.WebhookUnavailable } webhook => StepResult.AskAgain(
                webhook.Reason,
                $"{said} {webhook.Advice}"
            ),
            _ when AdmissionRefusals.Find(error) is { } refusal => False(refusal.Reason, $"{said} {refusal.Advice}"),
            { Status: 422 } when LacksFamily(error.Message) => False(
                Reasons.IpFamilyMissing,
                $"{said} Services of this cluster have no IPv6. Add IPv6 to the cluster, for AKS by az aks update --ip-families ipv4,ipv6, "
                    + "or remove IPv6 from ipFamilies."
            ),
            { Status: 403, IsStatus: false } => False(
                Reasons.AccessDenied,
                $"Something on the way to the API server refuses the request: {said} Look at proxies and firewalls."
            ),
            { Status: 403 } => False(Reasons.AdmissionDenied, $"{said} The cluster's admission forbids this. A role does not help."),
            { Status: 429 } => StepResult.AskAgain(Reasons.ApiServerUnreachable, $"The API server is busy: {said} MeshPort tries again."),
            { Status: 409 } when error.Causes.Contains("FieldManagerConflict") => False(Reasons.ObjectNotOurs, said),
            { Status: 409 } => StepResult.AskAgain(Reasons.Pending, $"An object was changed or replaced since MeshPort read it: {said}"),
            // A server-side apply answers 500 to a body with a wrong type (measured). A retry does not help.
            { Status: 500 } when said.StartsWith("failed to create typed patch object", StringComparison.Ordinal) => False(
                Reasons.KubernetesRefused,
                said
            ),
            { Status: 502 or 503 or 504 } => StepResult.AskAgain(
                Reasons.ApiServerUnreachable,
                $"The API server is busy: {said} MeshPort tries again."
            ),
            { Status: >= 500 } => StepResult.AskAgain(Reasons.ApiServerUnreachable, $"The API server failed: {said} MeshPort tries again."),
            { Status: 400 or 404 or 422 } => False(
                Reasons.KubernetesRefused,
                $"{said} Correct the spec, or create the missing object in the cluster."
            ),
            _ => False(Reasons.KubernetesRefused, said),
        };
    }

    /// <summary>Ends the text with a period, since another sentence follows.</summary>
    public static string Sentence(string said) =>
        said.TrimEnd() is { Length: > 0 } text && text[^1] is not ('.' or '!' or '?') ? $"{text}." : said.TrimEnd();

    private static string NotAuthenticated(Connection connection) =>
        connection.IsAks
            ? "The API server refused the credential. MeshPort fetches a new one. "
                + "If this persists, MeshPort's identity is not of the tenant that the cluster trusts."
            : $"The API server refused the credential of kubeconfig {connection.Kubeconfig}. {ReplaceFile(connection)}; "
                + "MeshPort then reads it again.";

    /// <summary>A sentence without its period: only the host of MeshPort has the kubeconfig of a cluster that is not of AKS.</summary>
    public static string ReplaceFile(Connection connection) =>
        $"The operator of MeshPort must replace the file of {ClusterConnections.Kubeconfigs}:{connection.Kubeconfig}";

    /// <summary>
    /// <code>
    /// user              connection          advice
    /// anonymous         any                 no role: the credential is missing
    /// any other         kubeconfig          a Role or ClusterRole for that user
    /// any other         AKS, Azure RBAC     Azure's role
    /// any other         AKS                 Azure's role, or a ClusterRole
    /// </code>
    /// </summary>
    private static string MissingRight(string user, string message, Connection connection) =>
        (user, connection.IsAks) switch
        {
            ("system:anonymous", true) => "The request had no credential that the cluster accepts. Give no role to this user.",
            ("system:anonymous", false) =>
                $"The request had no credential that the cluster accepts. Give no role to this user. {ReplaceFile(connection)}.",
            (_, false) => $"Bind a Role or ClusterRole with this right to the user of kubeconfig {connection.Kubeconfig}.",
            _ when message.Contains("in Azure", StringComparison.Ordinal) => $"Give MeshPort's identity the role {AksRole} on the cluster.",
            _ => $"Give MeshPort's identity the role {AksRole}, or, if the cluster does not use Azure RBAC, bind a ClusterRole with this "
                + "right.",
        };

    /// <summary>The API server has no addresses of a family (kubernetes/kubernetes, pkg/registry/core/service/storage/alloc.go).</summary>
    private static bool LacksFamily(string message) =>
        message.Contains("not configured for dual-stack services", StringComparison.Ordinal)
        || (
            message.Contains("spec.ipFamilies", StringComparison.Ordinal)
            && message.Contains("not configured on this cluster", StringComparison.Ordinal)
        );

    private const string AksRole = "Azure Kubernetes Service RBAC Cluster Admin";

    private static StepResult False(string reason, string message) => StepResult.Done(Observation.False(reason, message));

    [GeneratedRegex("""User "(?<user>[^"]*)" cannot \S+ (?:resource|path)""")]
    private static partial Regex User();
}
