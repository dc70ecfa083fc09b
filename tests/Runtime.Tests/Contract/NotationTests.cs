namespace MeshPort.Runtime.Tests.Contract;

/// <summary>The comparison is only as good as what it sees: each mark of the notation has a member here.</summary>
public sealed class NotationTests
{
    private const string Open = "[AttributeUsage(Method, Property)] abstract class Space.Sample<T> : Attribute, IDisposable";

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
    internal abstract class Sample<T>(string name) : Attribute, IDisposable
    {
        public const int Size = 2;

        public static readonly string[]? Names = [];

        public string Name { get; init; } = name;

        public string? Set { protected get; set; }

        internal int Hidden { get; }

        [Obsolete("For the test.")]
        public virtual T? Old() => default;

        public abstract Task<(string?, List<T?>)> MapAsync<TOther>(TOther one, TOther? two, IDictionary<string, object?>? three = null, int? four = null, CancellationToken five = default)
            where TOther : class;

        public static bool Try(out string? found, params string?[] all) => (found = all.FirstOrDefault()) is not null;

        protected virtual void Change(DayOfWeek day = DayOfWeek.Friday, string text = "a", bool flag = true) => Set = $"{day}{text}{flag}";

        public void Dispose() => GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_type_is_written_with_everything_that_callers_see()
    {
        Assert.Equal(Open, TypeSignatures.Of(typeof(Sample<>), "Space"));
        string[] expected =
        [
            "static readonly string[]? Names",
            "const int Size = 2",
            "protected .ctor(string name)",
            "string Name { get; init; }",
            "string? Set { protected get; set; }",
            "[Obsolete] virtual T? Old()",
            "abstract Task<ValueTuple<string?, List<T?>>> MapAsync<TOther>(TOther one, TOther? two, IDictionary<string, object?>? three = null, int? four = null, CancellationToken five = default) where TOther : class",
            "static bool Try(out string? found, params string?[] all)",
            "protected virtual void Change(DayOfWeek day = DayOfWeek.Friday, string text = \"a\", bool flag = true)",
            "void Dispose()",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), MemberSignatures.Of(typeof(Sample<>)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Records_structs_enums_and_delegates_have_their_own_marks()
    {
        Assert.Equal("record Space.TaskFailureDetails", TypeSignatures.Of(typeof(TaskFailureDetails), "Space"));
        Assert.Equal("struct Space.TaskName", TypeSignatures.Of(typeof(TaskName), "Space"));
        Assert.Equal("sealed class Space.RetryHandler (delegate)", TypeSignatures.Of(typeof(RetryHandler), "Space"));
        Assert.Equal("Running=0, Completed=1, ContinuedAsNew=2[Obsolete], Failed=3, Canceled=4[Obsolete], Terminated=5, Pending=6, Suspended=7", Assert.Single(MemberSignatures.Of(typeof(OrchestrationRuntimeStatus))));
    }
}
