using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using MeshPort.Messages;
using MeshPort.State;
using Microsoft.Azure.Functions.Worker;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>The deployment creates exactly the queues, tables and blob containers that the code and the other templates use.</summary>
public sealed partial class StorageTests
{
    /// <summary>Names the queue of messages that failed too often (learn.microsoft.com, "Azure Queue storage trigger").</summary>
    private const string PoisonSuffix = "-poison";

    private const string Account = "Microsoft.Storage/storageAccounts";
    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly Code = typeof(ExposureQueue).Assembly;
    private static readonly Type[] Types = Code.GetTypes();

    [Fact]
    public async Task The_deployment_creates_the_queues_of_the_code_and_no_other()
    {
        var triggers = Types
            .SelectMany(type => type.GetMethods(Any))
            .SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.GetCustomAttributes<QueueTriggerAttribute>())
            .ToList();
        var outputs = Types
            .SelectMany(type => type.GetMembers(Any))
            .SelectMany(member => member.GetCustomAttributes<QueueOutputAttribute>())
            .ToList();

        var connections = triggers.Select(trigger => trigger.Connection).Concat(outputs.Select(output => output.Connection));
        Assert.All(connections, Assert.Null); // a connection would name another account
        var read = triggers.Select(trigger => trigger.QueueName).ToList();
        var used = read.Concat(read.Select(queue => queue + PoisonSuffix)).Concat(outputs.Select(output => output.QueueName)).Distinct();
        Assert.Equal(used.Order(), await DeployedAsync("queueServices/queues"));
        Assert.Contains(ExposureQueue.Name, used);
        Assert.Empty(TypesThatKeep<QueueClient>().Concat(TypesThatKeep<QueueServiceClient>())); // the attributes name every queue
    }

    [Fact]
    public async Task The_deployment_creates_the_tables_of_the_code_and_no_other()
    {
        var used = TypesThatKeep<TableClient>()
            .Select(type => type.GetField(nameof(TableStateStore.Table), Any)?.GetRawConstantValue() as string)
            .ToList();

        Assert.All(used, Assert.NotNull); // a type that keeps a table's client names the table in a constant
        Assert.Equal(used.Order(), await DeployedAsync("tableServices/tables"));
        Assert.Contains(TableStateStore.Table, used);
    }

    [Fact]
    public async Task The_deployment_creates_the_containers_of_the_templates_and_no_other()
    {
        var app = (await Deployment.PredictAsync(Deployment.Main)).Single(resource => Type(resource) == "Microsoft.Web/sites");
        var package = Text(app?["properties"]?["functionAppConfig"]?["deployment"]?["storage"]?["value"]);
        var events = (await Deployment.PredictAsync(Deployment.Events))
            .Where(resource => Type(resource) == "Microsoft.EventGrid/systemTopics/eventSubscriptions")
            .Select(subscription => subscription?["properties"]?["deadLetterWithResourceIdentity"]?["deadLetterDestination"]);
        var deadLetters = events.Select(destination => Text(destination?["properties"]?["blobContainerName"]));

        var used = deadLetters.Append(LastText().Match(package).Groups[1].Value).Distinct();
        Assert.Equal(used.Order(), await DeployedAsync("blobServices/containers"));
        var libraries = Code.GetReferencedAssemblies().Select(assembly => assembly.Name);
        Assert.DoesNotContain("Azure.Storage.Blobs", libraries); // the code itself uses no container
    }

    private static async Task<IEnumerable<string>> DeployedAsync(string kind)
    {
        var resources = await Deployment.PredictAsync(Deployment.Main);
        var settings = resources.Single(resource => Type(resource) == "Microsoft.Web/sites/config")?["properties"];
        var parent = $"{Text(settings?["AzureWebJobsStorage__accountName"])}/default/";
        var names = resources.Where(resource => Type(resource) == $"{Account}/{kind}").Select(resource => Text(resource?["name"])).ToList();
        Assert.All(names, name => Assert.StartsWith(parent, name, StringComparison.Ordinal));
        return names.Select(name => name[parent.Length..]).Order();
    }

    private static IEnumerable<Type> TypesThatKeep<T>() =>
        Types.Where(type => type.GetFields(Any).Any(field => field.FieldType == typeof(T)));

    private static string Type(JsonNode? resource) => Text(resource?["type"]);

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? throw new InvalidDataException("The snapshot lacks a text.");

    /// <summary>The last argument of an expression such as <c>[format('{0}{1}', reference(...).blob, 'app-package')]</c>.</summary>
    [GeneratedRegex(@"'([^']+)'\)\]$")]
    private static partial Regex LastText();
}
