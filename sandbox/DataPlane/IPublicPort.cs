using System.Net;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A port of a public address that is held.</summary>
internal interface IPublicPort : IAsyncDisposable
{
    /// <summary>Where it can be dialled.</summary>
    IPEndPoint Endpoint { get; }
}
