using Azure;
using Azure.Identity;
using Microsoft.Data.Sqlite;

namespace MeshPort.State;

/// <summary>What is thrown while a store, or the task hub beside it, is away or overrun: passing trouble, not an error of MeshPort's.</summary>
internal static class StateFaults
{
    /// <summary>Of the task hub's client on Azure, whose package is not there in the local build.</summary>
    private const string TaskHub = "Grpc.Core";

    public static bool IsAway(Exception trouble) => trouble switch
    {
        SqliteException or RequestFailedException or AuthenticationFailedException or IOException => true,
        TimeoutException => true, // others wrote the same document all the time
        AggregateException several => several.InnerExceptions.All(IsAway), // each try of the tables' client failed
        _ => trouble.GetType().Namespace == TaskHub,
    };
}
