using Azure;
using Azure.Identity;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace MeshPort.State;

/// <summary>What is thrown while a store, or the task hub beside it, is away or overrun: passing exception, not an error of MeshPort's.</summary>
internal static class StateErrors
{
    public static bool IsAway(Exception exception) =>
        exception switch
        {
            SqliteException or RequestFailedException or AuthenticationFailedException or IOException => true,
            RpcException => true, // the client of the task hub on Azure
            TimeoutException => true, // others wrote the same document all the time
            AggregateException several => several.InnerExceptions.All(IsAway), // each try of the tables' client failed
            _ => false,
        };
}
