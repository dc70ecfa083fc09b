using Azure;
using Azure.Identity;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace MeshPort.State;

/// <summary>Classifies exceptions of the state store and the task hub.</summary>
internal static class StateErrors
{
    /// <summary>
    /// Whether the store or the task hub is unavailable or overloaded for now: a transient failure, not an error in MeshPort.
    /// </summary>
    public static bool IsAway(Exception exception) =>
        exception switch
        {
            SqliteException or RequestFailedException or AuthenticationFailedException or IOException => true,
            RpcException => true, // from the client of the task hub on Azure
            TimeoutException => true, // from CommitLoop
            AggregateException several => several.InnerExceptions.All(IsAway), // from the tables' client, one for each attempt
            _ => false,
        };
}
