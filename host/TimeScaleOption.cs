using System.CommandLine;

namespace MeshPort.Host;

/// <summary>How fast simulated time runs.</summary>
internal static class TimeScaleOption
{
    public const double Default = 60;
    private const double Most = 100_000;

    public static Option<double?> Create()
    {
        var option = new Option<double?>("--time-scale") { Description = $"Simulated seconds in a real second [default: {Default}]." };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!double.TryParse(token.Value, out var scale) || !(scale > 0 && scale <= Most)))
            {
                result.AddError($"--time-scale is '{token.Value}'; write a number greater than 0 and at most {Most:0}.");
            }
        });
        return option;
    }
}
