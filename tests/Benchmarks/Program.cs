using MeshPort.Benchmarks;
using MeshPort.Benchmarks.Creation;
using MeshPort.Benchmarks.Scale;
using MeshPort.EndToEnd.Tests;

if (args is [Starts.ChildArgument, var data])
{
    await Starts.RunChildAsync(data);
    return;
}

if (args is [SandboxChild.ChildArgument])
{
    await SandboxChild.RunChildAsync();
    return;
}

MeshPortProcess.LivesForSeconds = false;
var only = args.FirstOrDefault() ?? "";
var sequencesPerSecond = 200.0; // a default for runs without the throughput group

Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, data in {Path.GetTempPath()}");
Console.WriteLine(Figure.Header); // compare the ratios: absolute figures depend on the machine and its load

if (Wanted("throughput"))
{
    var single = StorageLimit.OneAtATime();
    Show(new Figure("storage limit, one row per commit", single, "commits/s"));
    var rounds = await Throughput.SequencesAsync(1000);
    var median = rounds[rounds.Count / 2];
    sequencesPerSecond = median.Activities / Throughput.Length;
    Show(new Figure("storage limit with group commit, 1,000 callers", median.Limit, "rows/s"));
    Show(new Figure("sequences of 5 activities, 1,000 at once", median.Activities, "activities/s", AtLeast: 1000));
    Show(new Figure("  units of work (2.4 an activity) to rows of the grouped limit", median.ShareOfLimit, "ratio", AtLeast: 0.3));
    Show(new Figure("    lowest of five rounds", rounds[0].ShareOfLimit, "ratio"));
    Show(new Figure("    highest of five rounds", rounds[^1].ShareOfLimit, "ratio"));
    Show(new Figure("  activities to rows of the grouped limit", median.Activities / median.Limit, "ratio"));
    Show(new Figure("  activities to commits of the limit without groups", median.Activities / single, "ratio"));
    Show(new Figure("  processor time of an activity with its steps", median.Microseconds, "us"));
}

if (Wanted("fanout"))
{
    var small = await Throughput.FanOutAsync(1000);
    var large = await Throughput.FanOutAsync(10_000);
    Show(new Figure("fan-out of 10,000 in one instance", 10_000 / large, "activities/s", AtLeast: 2000));
    Show(new Figure("  time for 10,000 to time for 1,000", large / small, "ratio", AtMost: 12));
}

if (Wanted("long"))
{
    Show(new Figure("one sequence of 2,000 activities", await Throughput.LongSequenceAsync(2000), "activities/s", AtLeast: 1500));
}

if (Wanted("latency"))
{
    var idle = await Latency.IdleAsync();
    Show(new Figure("start to first activity, idle, p50", Latency.Percentile(idle, 0.5), "ms", AtMost: 5));
    Show(new Figure("start to first activity, idle, p99", Latency.Percentile(idle, 0.99), "ms"));
    var loaded = await Latency.UnderLoadAsync(sequencesPerSecond / 2);
    Show(new Figure("start to first activity, half load, p50", Latency.Percentile(loaded, 0.5), "ms"));
    Show(new Figure("start to first activity, half load, p99", Latency.Percentile(loaded, 0.99), "ms", AtMost: 50));
}

if (Wanted("replay"))
{
    Show(new Figure("event to end of an instance with a history of 10,000", await Replays.MeasureAsync(), "ms", AtMost: 200));
}

if (Wanted("start"))
{
    using var empty = new BenchDirectory();
    var cold = await Starts.MeasureAsync(empty.Path);
    Show(new Figure("cold start of an empty host", cold.Ready, "s", AtMost: 1.5));
    Show(new Figure("  to the end of its first orchestration", cold.Served, "s"));
    Show(new Figure("  idle, share of one processor", cold.IdlePercent, "%", AtMost: 1));
    Show(new Figure("  memory", cold.Megabytes, "MB"));
    using var full = new BenchDirectory();
    await PreparedStore.WaitingAsync(full.Path, 100_000);
    var restart = await Starts.MeasureAsync(full.Path);
    Show(new Figure("restart with 100,000 instances waiting on timers", restart.Ready, "s", AtMost: 3));
    Show(new Figure("  to the end of its first orchestration", restart.Served, "s"));
    Show(new Figure("  idle, share of one processor", restart.IdlePercent, "%", AtMost: 1));
    Show(new Figure("  memory", restart.Megabytes, "MB"));
}

if (only.StartsWith("sandbox", StringComparison.Ordinal) || Wanted("sandbox"))
{
    await SandboxFigures.MeasureAsync(Show, Wanted);
}

if (Wanted("dataplane"))
{
    var relay = await Streams.RelayAsync();
    var echo = await Streams.EchoAsync();
    Show(new Figure("plain socket relay, one connection", relay / 1e9, "GB/s"));
    var target = Math.Min(1, relay / 2e9);
    Show(new Figure("echo through the data plane, one connection, 16 KiB lines", echo / 1e9, "GB/s", AtLeast: target));
    Show(new Figure("  to the relay", echo / relay, "ratio"));
}

if (Wanted("creation"))
{
    await CreationFigures.MeasureAsync(Show);
}

if (Wanted("fleet"))
{
    await FleetFigures.MeasureAsync(Show);
}

if (Wanted("memory"))
{
    await MemoryFigures.MeasureAsync(Show);
}

if (Wanted("load"))
{
    await LoadFigures.MeasureAsync(Show, LoadSize.Of(args.Skip(1)));
}

if (Wanted("scale"))
{
    ScaleFigures.Print();
}

bool Wanted(string group) => group.StartsWith(only, StringComparison.Ordinal);

static void Show(Figure figure) => Console.WriteLine(figure);
