namespace MeshPort.Sandbox.Faults;

/// <summary>The layer that a fault affects.</summary>
public enum FaultLayer
{
    /// <summary>Azure Resource Manager and its resource providers.</summary>
    Arm,

    /// <summary>The API servers of the clusters.</summary>
    Kubernetes,

    /// <summary>The token endpoints.</summary>
    Entra,

    /// <summary>Connections to the public addresses, MeshPort's probes among them.</summary>
    DataPlane,
}
