using Azure.Core;
using Azure.Messaging.EventGrid;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Queues;
using MeshPort.Runtime.Tests.Triggers.Functions;
using MeshPort.Runtime.Triggers;
using MeshPort.Runtime.Triggers.Http;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Body = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace MeshPort.Runtime.Tests.Triggers;

public sealed class DeclarationsTests
{
    private static readonly IConfiguration Settings = new ConfigurationBuilder()
        .AddInMemoryCollection([
            new("Rubbish", "not a connection string; AccountKey=secret"),
            new("Account:accountName", "ports"),
            new("Odd:accountName", "ports"),
            new("Odd:credential", "password"),
            new("Often", "every now and then"),
            new("OrdersQueue", "orders"),
        ])
        .Build();

    [Theory]
    [InlineData("BadCron: The schedule of BadCron, '0 0 99 * *', is neither NCRONTAB nor a TimeSpan.")]
    [InlineData("BadSetting: The schedule of BadSetting, 'every now and then', is neither NCRONTAB nor a TimeSpan.")]
    [InlineData("NoSetting: The schedule of NoSetting is %Nothing%, but the setting does not exist.")]
    [InlineData("NoQueue: '%Nothing%' of the queue name 'x-%Nothing%' does not resolve: the setting does not exist.")]
    [InlineData("Loud: 'LOUD' is not a valid queue name: use 3 to 63 lower-case letters, digits and single hyphens between them.")]
    [InlineData("NoConnection: A queue's Connection names the setting Nowhere, which does not exist.")]
    [InlineData("BadConnection: the setting Rubbish is not a connection string of a storage account.")]
    [InlineData("NoCredential: the connection Account is identity-based, and the application has no TokenCredential.")]
    [InlineData("BadIdentity: The connection Odd has the credential 'password'; it must be managedidentity, or left out.")]
    [InlineData("BadOutput: 'X' is not a valid queue name: use 3 to 63 lower-case letters, digits and single hyphens between them.")]
    [InlineData(
        "AnswerSent: its output cannot send Microsoft.AspNetCore.Mvc.IActionResult; "
            + "return the message, or an object with properties for the answer and the message."
    )]
    [InlineData("Streamed: a queue message cannot be bound to System.IO.Stream.")]
    [InlineData("Metadata: its parameter 'other' has the type System.IO.Stream, which data cannot be bound to.")]
    [InlineData("Many: one event cannot be bound to Azure.Messaging.EventGrid.EventGridEvent[]; set IsBatched to receive many.")]
    [InlineData(
        "Batch: a batch of events can be bound to an array, a string or BinaryData, not to Azure.Messaging.EventGrid.EventGridEvent."
    )]
    [InlineData("Reserved: its route begins with 'admin', which is reserved for the host.")]
    [InlineData("BadRoute: its route '{id' cannot be read: ")]
    [InlineData("TwoBodies: [FromBody] is allowed on one parameter of an HTTP function, not on 'one' and 'two'.")]
    [InlineData("QueueBody: [FromBody] is allowed on one parameter of an HTTP function, not on 'body'.")]
    [InlineData("Unmarked: the property Answer of its result is an HTTP answer beside other outputs; mark it with [HttpResult].")]
    [InlineData("TwoAnswers: the properties Answer and Other of its result have [HttpResult]; only one can.")]
    [InlineData("Unguarded: its HTTP trigger has no authorization level, which makes the function public.")]
    [InlineData(
        "QueueRetry: it has a FixedDelayRetryAttribute, which is allowed on timers only; "
            + "queues deliver again, and orchestrations retry activities."
    )]
    [InlineData("BadRetry: its retry attribute is wrong: ")]
    [InlineData("Unknown: it has a StreamTriggerAttribute, a trigger that this runtime does not support.")]
    [InlineData("Pushed: it has a StreamOutputAttribute, an output that this runtime does not support.")]
    [InlineData("ActivityOutput: its result goes to the orchestration; it cannot have other outputs.")]
    public void A_wrong_declaration_is_reported(string expected)
    {
        var name = expected[..expected.IndexOf(':', StringComparison.Ordinal)];
        Assert.Contains(
            $"\n  - {name} (MeshPort.Runtime.Tests.Triggers.DeclarationsTests+Wrong.{name}){expected[name.Length..]}",
            Message(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("secret", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Correct_declarations_are_found()
    {
        Type[] types = [typeof(QueueFunctions), typeof(EventFunctions), typeof(HttpFunctions)];
        Assert.Equal(18, FunctionCatalog.Find(types, "the test", new Declarations(Settings, "api", credential: null).Check).Count);
    }

    [Fact]
    public async Task An_identity_based_connection_uses_its_account_and_the_applications_credential()
    {
        Assert.DoesNotContain(
            new Declarations(Settings, "api", DelegatedTokenCredential.Create((_, _) => default)).Check(Entry(nameof(Wrong.NoCredential))),
            problem => problem.Contains("identity", StringComparison.Ordinal)
        );
        var directory = Directory.CreateTempSubdirectory("triggers-test-");
        using var queues = new EmbeddedQueues(
            Path.Combine(directory.FullName, "queues.db"),
            TimeProvider.System,
            NullLogger<EmbeddedQueues>.Instance
        );
        var connections = new QueueConnections(Settings, new Credentials(), queues);
        Assert.False(connections.IsEmbedded("Account"));
        Assert.Equal(
            "https://ports.queue.core.windows.net/",
            (await connections.OpenAsync("Account", TestContext.Current.CancellationToken)).Uri.AbsoluteUri
        );
        directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("functionTimeout", "soon", "host.json: functionTimeout is 'soon'")]
    [InlineData("extensions:queues:batchSize", "99", "host.json: extensions.queues.batchSize is '99'")]
    [InlineData("extensions:http:maxOutstandingRequests", "x", "host.json: extensions.http.maxOutstandingRequests is 'x'")]
    [InlineData("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "-5", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is '-5'")]
    [InlineData("AzureWebJobsStorage", "rubbish", "the setting AzureWebJobsStorage is not a connection string")]
    [InlineData(
        "OrdersQueue",
        "Or",
        "Order (MeshPort.Runtime.Tests.Triggers.Functions.QueueFunctions.OrderAsync): 'Or' is not a valid queue name"
    )]
    public async Task A_wrong_setting_fails_the_start(string name, string value, string message) =>
        Assert.Contains(
            message,
            (await Assert.ThrowsAsync<InvalidOperationException>(() => TriggersHost.StartAsync((name, value)))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Functions_with_ambiguous_routes_are_reported()
    {
        var message = Message();
        Assert.Contains(
            "\n  - GetPort and ReadPort: both serve GET /ports/{id} "
                + "(MeshPort.Runtime.Tests.Triggers.DeclarationsTests+Wrong.GetPort and ",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains("\n  - GetPort and AnyPort: both serve GET, HEAD /ports/{id} ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("NumberedPort", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_functions_with_one_durable_name_are_reported()
    {
        var message = Message();
        Assert.Contains(
            "\n  - collect: the OrchestrationTriggerAttribute's name is used by "
                + "MeshPort.Runtime.Tests.Triggers.DeclarationsTests+Wrong.CollectFirst and ",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "\n  - Pay: the ActivityTriggerAttribute's name is used by "
                + "MeshPort.Runtime.Tests.Triggers.DeclarationsTests+Wrong.Pay and ",
            message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task All_errors_of_settings_and_functions_are_reported_at_once()
    {
        var message = (
            await Assert.ThrowsAsync<InvalidOperationException>(() =>
                TriggersHost.StartAsync(("functionTimeout", "soon"), ("extensions:queues:batchSize", "99"), ("OrdersQueue", "Or"))
            )
        ).Message;
        Assert.Contains("functionTimeout is 'soon'", message, StringComparison.Ordinal);
        Assert.Contains("extensions.queues.batchSize is '99'", message, StringComparison.Ordinal);
        Assert.Contains("'Or' is not a valid queue name", message, StringComparison.Ordinal);
    }

    private static string Message() =>
        Assert
            .Throws<InvalidOperationException>(() =>
                FunctionCatalog.Find(
                    [typeof(Wrong)],
                    "the test",
                    new Declarations(Settings, "", credential: null).Check,
                    entries => HttpRoute.Clashes(entries, "")
                )
            )
            .Message;

    private static FunctionEntry Entry(string method)
    {
        // Callers pass nameof, so the method exists.
        var found = typeof(Wrong).GetMethod(method, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return new FunctionEntry(method, found, found.GetParameters()[0], new QueueTriggerAttribute("ports") { Connection = "Account" });
    }

    private sealed class Credentials : IServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(TokenCredential) ? DelegatedTokenCredential.Create((_, _) => default) : null;
    }

    internal sealed class Wrong
    {
        [Function("BadCron")]
        internal static string BadCron([TimerTrigger("0 0 99 * *")] TimerInfo timer) => $"{timer}";

        [Function("BadSetting")]
        internal static string BadSetting([TimerTrigger("%Often%")] TimerInfo timer) => $"{timer}";

        [Function("NoSetting")]
        internal static string NoSetting([TimerTrigger("%Nothing%")] TimerInfo timer) => $"{timer}";

        [Function("NoQueue")]
        internal static string NoQueue([QueueTrigger("x-%Nothing%")] string message) => message;

        [Function("Loud")]
        internal static string Loud([QueueTrigger("LOUD")] string message) => message;

        [Function("NoConnection")]
        internal static string NoConnection([QueueTrigger("ports", Connection = "Nowhere")] string message) => message;

        [Function("BadConnection")]
        internal static string BadConnection([QueueTrigger("ports", Connection = "Rubbish")] string message) => message;

        [Function("NoCredential")]
        internal static string NoCredential([QueueTrigger("ports", Connection = "Account")] string message) => message;

        [Function("BadIdentity")]
        internal static string BadIdentity([QueueTrigger("ports", Connection = "Odd")] string message) => message;

        [Function("BadOutput")]
        [QueueOutput("X")]
        internal static string BadOutput([QueueTrigger("ports")] string message) => message;

        [Function("AnswerSent")]
        [QueueOutput("ports")]
        internal static IActionResult AnswerSent([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request) =>
            new OkObjectResult(request.Method);

        [Function("Streamed")]
        internal static string Streamed([QueueTrigger("ports")] Stream message) => $"{message}";

        [Function("Metadata")]
        internal static string Metadata([QueueTrigger("ports")] string message, Stream other) => $"{message}{other}";

        [Function("Many")]
        internal static string Many([EventGridTrigger] EventGridEvent[] received) => $"{received}";

        [Function("Batch")]
        internal static string Batch([EventGridTrigger(IsBatched = true)] EventGridEvent received) => $"{received}";

        [Function("Reserved")]
        internal static IActionResult Reserved([HttpTrigger(AuthorizationLevel.Function, "get", Route = "admin/x")] HttpRequest request) =>
            new OkObjectResult(request.Method);

        [Function("BadRoute")]
        internal static IActionResult BadRoute([HttpTrigger(AuthorizationLevel.Function, "get", Route = "{id")] HttpRequest request) =>
            new OkObjectResult(request.Method);

        [Function("TwoBodies")]
        internal static string TwoBodies(
            [HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequest request,
            [Body] Order one,
            [Body] Order two
        ) => $"{request}{one}{two}";

        [Function("QueueBody")]
        internal static string QueueBody([QueueTrigger("ports")] string message, [Body] Order body) => $"{message}{body}";

        [Function("Unmarked")]
        internal static UnmarkedAnswer Unmarked([HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequest request) =>
            new(new OkObjectResult(request.Method), "");

        [Function("TwoAnswers")]
        internal static MarkedTwice TwoAnswers([HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequest request) =>
            new(new OkObjectResult(request.Method), new OkResult());

        [Function("Unguarded")]
        internal static IActionResult Unguarded([HttpTrigger("get", Route = "unguarded")] HttpRequest request) =>
            new OkObjectResult(request.Method);

        [Function("QueueRetry")]
        [FixedDelayRetry(3, "00:00:01")]
        internal static string QueueRetry([QueueTrigger("ports")] string message) => message;

        [Function("BadRetry")]
        [ExponentialBackoffRetry(3, "00:00:01", "later")]
        internal static string BadRetry([TimerTrigger("00:01:00")] TimerInfo timer) => $"{timer}";

        [Function("Unknown")]
        internal static string Unknown([StreamTrigger] string message) => message;

        [Function("Pushed")]
        [StreamOutput]
        internal static string Pushed([QueueTrigger("ports")] string message) => message;

        [Function("GetPort")]
        internal static string GetPort(
            [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "ports/{id}")] HttpRequest request,
            string id
        ) => $"{request}{id}";

        [Function("ReadPort")]
        internal static string ReadPort(
            [HttpTrigger(AuthorizationLevel.Function, "GET", Route = "/Ports/{name}")] HttpRequest request,
            string name
        ) => $"{request}{name}";

        [Function("AnyPort")]
        internal static string AnyPort(
            [HttpTrigger(AuthorizationLevel.Function, Route = "ports/{port}")] HttpRequest request,
            string port
        ) => $"{request}{port}";

        [Function("NumberedPort")]
        internal static string NumberedPort(
            [HttpTrigger(AuthorizationLevel.Function, "get", Route = "ports/{number:int}")] HttpRequest request,
            int number
        ) => $"{request}{number}";

        [Function("CollectFirst")]
        internal static Task CollectFirst([OrchestrationTrigger(Orchestration = "collect")] TaskOrchestrationContext context) =>
            Task.FromResult(context);

        [Function("CollectNext")]
        internal static Task CollectNext([OrchestrationTrigger(Orchestration = "Collect")] TaskOrchestrationContext context) =>
            Task.FromResult(context);

        [Function("Pay")]
        internal static string Pay([ActivityTrigger] string input) => input;

        [Function("PayAgain")]
        internal static string PayAgain([ActivityTrigger(Activity = "pay")] string input) => input;

        internal sealed record UnmarkedAnswer(IActionResult Answer, [property: QueueOutput("ports")] string Message);

        internal sealed record MarkedTwice([property: HttpResult] IActionResult Answer, [property: HttpResult] IActionResult Other);

        internal sealed class StreamTriggerAttribute : TriggerBindingAttribute;

        internal sealed class StreamOutputAttribute : OutputBindingAttribute;

        [Function("ActivityOutput")]
        [QueueOutput("ports")]
        internal static string ActivityOutput([ActivityTrigger] string input) => input;
    }
}
