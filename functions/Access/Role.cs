namespace MeshPort.Access;

/// <summary>The app roles <c>MeshPort.Reader</c> and <c>MeshPort.Operator</c> of MeshPort's Entra application.</summary>
internal enum Role
{
    /// <summary>Reads everything.</summary>
    Reader,

    /// <summary>Also changes and deletes.</summary>
    Operator,
}
