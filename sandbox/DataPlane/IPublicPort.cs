using System.Net;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>An open or bound port of a public address.</summary>
internal interface IPublicPort : IAsyncDisposable
{
    /// <summary>The endpoint that clients connect to.</summary>
    IPEndPoint Endpoint { get; }
}
