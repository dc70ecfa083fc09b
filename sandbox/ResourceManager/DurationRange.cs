using System.Security.Cryptography;
using System.Text;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Between what an operation takes, in simulated time; each operation takes its own, the same again whenever it is asked.</summary>
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
