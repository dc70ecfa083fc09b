namespace MeshPort.Access;

/// <summary>What a caller may do: the app roles <c>MeshPort.Reader</c> and <c>MeshPort.Operator</c> of the Entra application that MeshPort is.</summary>
internal enum Role
{
    /// <summary>Looks at everything.</summary>
    Reader,

    /// <summary>Also changes and removes.</summary>
    Operator,
}
