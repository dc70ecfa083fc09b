using System.Text;
using MeshPort.Messages;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Messages;

/// <summary>A rejected message fits the poison queue, whatever it contains.</summary>
public sealed class PoisonMessageTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("a", 20)]
    [InlineData("\u0001", 13)] // six bytes in JSON
    [InlineData("\U0001F4A5", 13)] // twelve bytes in JSON for two characters
    public void A_rejection_with_long_errors_fits_a_message(string text, int kept)
    {
        var longest = string.Concat(Enumerable.Repeat(text, 600));
        var errors = Enumerable.Range(0, 30).Select(number => new FieldError($"/{number}{longest}", "UnknownField", longest)).ToList();
        var rejection = PoisonMessage.Record("1", Noon, Noon, null, errors);

        var written = PoisonMessage.Write(rejection, Encoding.UTF8.GetBytes(longest));

        Assert.InRange(Encoding.UTF8.GetByteCount(written), 1, 48 * 1024);
        Assert.Equal(kept, written.Split("UnknownField").Length - 1);
        Assert.Contains("\"errorCount\":30", written, StringComparison.Ordinal);
    }
}
