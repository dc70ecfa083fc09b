using System.Diagnostics;
using System.Globalization;
using CsCheck;

namespace MeshPort.TestKit.Fuzz;

/// <summary>
/// Runs a property with generated inputs until its time is over: <c>MESHPORT_FUZZ_SECONDS</c>, or one second. A failure prints the smallest
/// input that it found, and the seed: set <c>CsCheck_Seed</c> to it to run the same input first.
/// </summary>
public static class Fuzzing
{
    /// <summary>A parser of a small input that needs more is no parser for inputs from the network.</summary>
    private const long MostBytes = 256 * 1024 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private static int Seconds =>
        int.TryParse(Environment.GetEnvironmentVariable("MESHPORT_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : 1;

    /// <param name="property">Throws for an input without the property. Its time and memory are bounded too.</param>
    public static void Holds(Gen<string> inputs, Action<string> property) =>
        inputs.Sample(input => Bounded(input, property), time: Seconds, threads: 1, print: Print);

    /// <param name="property">Throws for an input without the property.</param>
    public static Task HoldsAsync(Gen<string> inputs, Func<string, Task> property) =>
        inputs.SampleAsync(property, time: Seconds, threads: 1, print: Print);

    private static void Bounded(string input, Action<string> property)
    {
        var (before, time) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        property(input);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (bytes > MostBytes || time.Elapsed > Longest)
        {
            throw new InvalidOperationException($"{input.Length} characters took {bytes / 1024} KiB and {time.Elapsed}.");
        }
    }

    /// <summary>A literal of C#, so that a lone surrogate or a NUL can be copied into a test.</summary>
    private static string Print(string input) => $"\"{string.Concat(input.Select(Print))}\"";

    private static string Print(char character) =>
        character is >= ' ' and <= '~' and not ('"' or '\\') ? $"{character}" : $"\\u{(int)character:x4}";
}
