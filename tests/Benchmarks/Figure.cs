using System.Globalization;

namespace MeshPort.Benchmarks;

/// <summary>One measured value and its target.</summary>
internal sealed record Figure(string Name, double Value, string Unit, double? AtLeast = null, double? AtMost = null)
{
    public const string Header =
        "| Figure                                                         |     Value | Unit         |    Target | Result |";

    public string Target =>
        (AtLeast, AtMost) switch
        {
            ({ } least, _) => $">= {Text(least)}",
            (_, { } most) => $"<= {Text(most)}",
            _ => "",
        };

    public string Result =>
        Target.Length == 0 ? ""
        : Value >= (AtLeast ?? double.MinValue) && Value <= (AtMost ?? double.MaxValue) ? "met"
        : "MISSED";

    public override string ToString() => $"| {Name, -62} | {Text(Value), 9} | {Unit, -12} | {Target, 9} | {Result, -6} |";

    private static string Text(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,##0" : "0.0##", CultureInfo.InvariantCulture);
}
