namespace MeshPort.Sandbox.Kubernetes;

/// <summary>The credential in a kubeconfig.</summary>
internal enum KubeconfigKind
{
    /// <summary>Client certificate of a cluster administrator. ARM refuses it when local accounts are disabled.</summary>
    Admin,

    /// <summary>
    /// The answer of <c>listClusterUserCredential?format=exec</c> for an Entra cluster: server, CA and an exec plugin entry.
    /// </summary>
    UserExec,

    /// <summary>
    /// The answer of <c>listClusterUserCredential?format=azure</c> for an Entra cluster: the <c>azure</c> auth provider of clients before
    /// Kubernetes 1.26.
    /// </summary>
    UserAzure,

    /// <summary>The answer of <c>listClusterUserCredential</c> for a cluster without Entra: a client certificate.</summary>
    UserCertificate,

    /// <summary>The sandbox's own administrator, accepted even when local accounts are disabled.</summary>
    BackDoor,
}
