using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MeshPort.Model;
using MeshPort.Telemetry;
using Xunit;

namespace MeshPort.Functions.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_reason_is_explained_and_no_other()
    {
        var documented = FirstColumn()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reasons.md")))
            .SelectMany(row => row.Groups[1].Value.Split(','))
            .Select(name => name.Trim())
            .Where(name => name is not "reason" and not "---");
        var known = typeof(Reasons)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string?)field.GetRawConstantValue());

        Assert.Equal(known.Order(), documented.Order());
    }

    [Fact]
    public void Every_instrument_is_explained_with_its_unit_and_no_other()
    {
        var published = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Instruments.MeterName)
                {
                    published.Add($"{instrument.Name} {instrument.Unit}");
                }
            },
        };
        RuntimeHelpers.RunClassConstructor(typeof(Instruments).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(FleetInstruments).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(ClusterInstruments).TypeHandle);
        listener.Start();

        var documented = Instrument()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "telemetry.md")))
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");

        Assert.Equal(published.Order(), documented.Order());
    }

    [GeneratedRegex(@"^\| ([^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex FirstColumn();

    [GeneratedRegex(@"^\| `(meshport\.[a-z._]+)` \| [a-z ]+ \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Instrument();
}
