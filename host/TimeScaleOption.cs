using System.CommandLine;

namespace MeshPort.Host;

/// <summary>The option for the speed of simulated time.</summary>
internal static class TimeScaleOption
{
    public const double Default = 60;
    private const double Most = 100_000;

    /// <param name="otherwise">The description of the default.</param>
    public static Option<double?> Create(string otherwise = "60") =>
        new Option<double?>("--time-scale") { Description = $"Simulated seconds in a real second [default: {otherwise}]." }.Must(
            text => double.TryParse(text, out var scale) && scale > 0 && scale <= Most,
            $"a number greater than 0 and at most {Most:0}"
        );
}
