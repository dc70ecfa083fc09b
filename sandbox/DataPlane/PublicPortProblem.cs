using System.Net;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A public port that should be served and cannot be, or only elsewhere. The former is tried again until it can.</summary>
/// <param name="Message">For example "127.20.0.1:9000 is in use by another process".</param>
/// <param name="IsInUse">Another process listens there.</param>
/// <param name="ServedAt">Where it is served instead, on a system with one loopback address; null when it is not served.</param>
public sealed record PublicPortProblem(IPEndPoint Endpoint, string Message, bool IsInUse, IPEndPoint? ServedAt = null);
