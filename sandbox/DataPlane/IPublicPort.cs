namespace MeshPort.Sandbox.DataPlane;

/// <summary>A port of a public address that is held open.</summary>
internal interface IPublicPort : IAsyncDisposable
{
    (string Namespace, string Name) Service { get; }
}
