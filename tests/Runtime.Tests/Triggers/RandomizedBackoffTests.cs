using MeshPort.Runtime.Triggers;

namespace MeshPort.Runtime.Tests.Triggers;

public sealed class RandomizedBackoffTests
{
    [Fact]
    public void The_delay_starts_at_the_minimum_doubles_and_stays_at_the_maximum()
    {
        var delay = new RandomizedBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), new Random(1));

        var waits = Enumerable.Range(0, 8).Select(_ => delay.Next(succeeded: false).TotalMilliseconds).ToArray();

        Assert.Equal(100, waits[0]);
        for (var number = 1; number <= 4; number++)
        {
            var step = 100 * Math.Pow(2, number - 1);
            Assert.InRange(waits[number] - 100, step * 0.8, step * 1.2);
        }

        Assert.Equal([2000, 2000], waits[6..]);
    }

    [Fact]
    public void A_message_resets_the_delay()
    {
        var delay = new RandomizedBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), new Random(1));
        for (var number = 0; number < 10; number++)
        {
            delay.Next(succeeded: false);
        }

        Assert.Equal(100, delay.Next(succeeded: true).TotalMilliseconds);
        Assert.InRange(delay.Next(succeeded: false).TotalMilliseconds, 180, 220);
    }
}
