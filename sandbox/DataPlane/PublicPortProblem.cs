using System.Net;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A public port that cannot be served, or only at another endpoint. The sandbox retries a port that is not served.</summary>
/// <param name="Message">For example "127.20.0.1:9000 is in use by another process".</param>
/// <param name="IsInUse">Another process listens there.</param>
/// <param name="ServedAt">The endpoint used instead, on a system with one loopback address. Null when the port is not served.</param>
public sealed record PublicPortProblem(IPEndPoint Endpoint, string Message, bool IsInUse, IPEndPoint? ServedAt = null);
