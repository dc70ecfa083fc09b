namespace MeshPort.Runtime.Tests.Contract;

public sealed class NamesAndVersionsTests
{
    [Fact]
    public void A_name_converts_both_ways_and_is_compared_without_case()
    {
        TaskName name = "Chain";
        string text = name;
        Assert.Equal("Chain", text);
        Assert.Equal("Chain", name.ToString());
        Assert.True(name == "CHAIN");
        Assert.True(name != "Other");
        Assert.Equal(name.GetHashCode(), new TaskName("chain").GetHashCode());
        Assert.True(name.Equals((object)new TaskName("chain")));
        Assert.False(name.Equals("Chain" as object));
    }

    [Fact]
    public void An_empty_name_is_the_default_name()
    {
        Assert.Equal(default, (TaskName)"");
        Assert.Equal(default, new TaskName(null!)); // what a caller without nullability can do
        Assert.Equal("", default(TaskName).Name);
        Assert.Equal(new TaskName("").GetHashCode(), default(TaskName).GetHashCode());
#pragma warning disable CS0618 // obsolete, and still there
        Assert.Equal("", new TaskName("x").Version);
#pragma warning restore CS0618
    }

    [Fact]
    public void A_version_converts_both_ways_and_is_compared_without_case()
    {
        TaskVersion version = "1.0-Beta";
        string text = version;
        Assert.Equal("1.0-Beta", text);
        Assert.True(version == "1.0-BETA");
        Assert.Equal(TaskVersion.Unversioned, (TaskVersion)(string?)null);
        Assert.Equal(TaskVersion.Unversioned, new TaskVersion(""));
        Assert.Equal("", TaskVersion.Unversioned.ToString());
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", " ", 0)]
    [InlineData("", "1.0", -1)]
    [InlineData("1.0", "", 1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("2.0", "1.10", 1)]
    [InlineData("1.0.0", "1.0.0", 0)]
    [InlineData("Alpha", "alpha", 0)]
    [InlineData("alpha", "BETA", -1)]
    [InlineData("v9", "v10", 1)]
    public void Versions_are_compared_as_numbers_where_both_are(string ours, string theirs, int sign) =>
        Assert.Equal(sign, Math.Sign(new VersionedContext(ours).CompareVersionTo(theirs)));

    [Fact]
    public void Options_for_continuing_as_new_keep_events_unless_told_otherwise()
    {
        var context = new VersionedContext("");
        context.ContinueAsNew(new ContinueAsNewOptions { NewInput = 1 });
        context.ContinueAsNew(new ContinueAsNewOptions { NewInput = 2, PreserveUnprocessedEvents = false });
        Assert.Equal([(1, true), (2, false)], context.Continuations);
    }

    [Fact]
    public void Options_of_a_child_keep_everything_of_the_options_they_are_made_of()
    {
        var tags = new Dictionary<string, string> { ["a"] = "b" };
        var options = new TaskOptions(new RetryPolicy(2, TimeSpan.FromSeconds(1)), tags) { Version = "2" };
        var child = options.WithInstanceId("kid");
        Assert.Equal(("kid", "2"), (child.InstanceId, child.Version?.Version));
        Assert.Same(options.Retry, child.Retry);
        Assert.Same(tags, child.Tags);
        Assert.Equal("kid", new SubOrchestrationOptions((TaskOptions)child).InstanceId);
        Assert.Equal("other", new SubOrchestrationOptions(child, "other").InstanceId);
        Assert.Equal("3", ((TaskOptions)(child with { Version = "3" })).Version?.Version);
        Assert.Equal(child, new SubOrchestrationOptions(child));
    }
}
