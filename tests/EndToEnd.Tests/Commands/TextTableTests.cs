using MeshPort.Host.Output;

namespace MeshPort.EndToEnd.Tests.Commands;

public sealed class TextTableTests
{
    [Fact]
    public void Rows_that_continue_a_table_keep_its_columns()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var first = new TextTable("NAME", "READY", "SINCE");
        first.Add(["tcpecho", "Unknown", "today"]);
        var widths = first.Write(output);
        var next = new TextTable("NAME", "READY", "SINCE");
        next.Add(["web", "True", "today"]);

        next.Write(output, withHeaders: false, widths);

        Assert.Equal("NAME      READY     SINCE\ntcpecho   Unknown   today\nweb       True      today\n", output.ToString());
    }
}
