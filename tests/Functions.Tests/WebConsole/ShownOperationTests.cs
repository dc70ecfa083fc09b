using MeshPort.Model;
using MeshPort.State;
using MeshPort.WebConsole.Views;
using Xunit;

namespace MeshPort.Functions.Tests.WebConsole;

/// <summary>
/// The operation that the page of a cluster shows. Operations from the newest: one that runs (r) has a convergence with steps, one that
/// waits (w) has none yet, and one that is over (o) has the steps of its convergence.
/// </summary>
public sealed class ShownOperationTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", null, 0)]
    [InlineData("o", 0, 0)]
    [InlineData("ro", 0, 0)]
    [InlineData("wo", 0, 0)]
    [InlineData("wwr", 2, 2)] // a convergence makes the cluster, and takes up the exposures later
    [InlineData("orr", 1, 0)]
    public void The_newest_operation_that_runs_is_shown(string operations, int? expected, int waiting)
    {
        var all = operations.Index().Select(one => Operation(one.Index, one.Item)).ToList();

        var shown = ShownOperation.Of(all);

        Assert.Equal(expected is null ? null : new ShownOperation(all[expected.Value], waiting), shown);
    }

    private static ServedOperation Operation(int number, char state) =>
        new(
            new OperationDocument($"{number}", null, number, Now, state == 'o' ? OperationStatus.Succeeded : OperationStatus.Running),
            state == 'r' ? "convergence" : null
        );
}
