using System.Security.Cryptography;
using System.Text;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>The range of an operation's duration, in simulated time. Each operation has a fixed duration within it.</summary>
internal readonly record struct DurationRange(TimeSpan Shortest, TimeSpan Longest)
{
    public static implicit operator DurationRange(TimeSpan exact) => new(exact, exact);

    public static DurationRange Minutes(double shortest, double longest) =>
        new(TimeSpan.FromMinutes(shortest), TimeSpan.FromMinutes(longest));

    public TimeSpan Of(string operationId)
    {
        var fraction = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(operationId))) / (double)uint.MaxValue;
        return Shortest + ((Longest - Shortest) * fraction);
    }
}
