namespace MeshPort.Sandbox.Kubernetes;

/// <summary>Which credential a kubeconfig carries.</summary>
internal enum KubeconfigKind
{
    /// <summary>Client certificate of a cluster administrator; refused by ARM when local accounts are disabled.</summary>
    Admin,

    /// <summary>As <c>listClusterUserCredential?format=exec</c> of an Entra cluster: server and CA, and an exec plugin entry.</summary>
    UserExec,

    /// <summary>As <c>listClusterUserCredential?format=azure</c> of an Entra cluster: the <c>azure</c> auth provider of clients before Kubernetes 1.26.</summary>
    UserAzure,

    /// <summary>As <c>listClusterUserCredential</c> of a cluster without Entra: a client certificate.</summary>
    UserCertificate,

    /// <summary>The sandbox's own administrator, accepted even where local accounts are disabled.</summary>
    BackDoor,
}
