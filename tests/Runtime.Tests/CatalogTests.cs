using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests;

public sealed class CatalogTests
{
    [Fact]
    public void All_wrong_declarations_are_reported_in_one_message()
    {
        var message = Assert
            .Throws<InvalidOperationException>(() =>
                FunctionCatalog.Find(
                    [typeof(Wrong)],
                    "the test",
                    new Declarations(new ConfigurationManager(), "api", credential: null).Check
                )
            )
            .Message;
        Assert.Contains(
            "Queued (MeshPort.Runtime.Tests.CatalogTests+Wrong.Queued): 'q' is not a valid queue name",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Both (MeshPort.Runtime.Tests.CatalogTests+Wrong.Both): it has 2 triggers; a function has exactly one.",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("None (MeshPort.Runtime.Tests.CatalogTests+Wrong.None): it has 0 triggers", message, StringComparison.Ordinal);
        Assert.Contains(
            "an orchestrator's parameter must be a TaskOrchestrationContext, not System.String",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "TWICE: the name is used by",
            message.Replace("Twice:", "TWICE:", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    internal sealed class Wrong
    {
        [Function("Queued")]
        internal static string Queued([QueueTrigger("q")] string message) => message;

        [Function("Both")]
        internal static string Both([ActivityTrigger] string one, [TimerTrigger("00:01:00")] TimerInfo two) => one + two;

        [Function("None")]
        internal static void None()
        {
            // Has no trigger.
        }

        [Function("Orchestrate")]
        internal static Task Orchestrate([OrchestrationTrigger] string context) => Task.FromResult(context);

        [Function("Twice")]
        internal static string Once([ActivityTrigger] string input) => input;

        [Function("TWICE")]
        internal static string Again([ActivityTrigger] string input) => input;
    }
}
