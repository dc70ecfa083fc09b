using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;

namespace MeshPort.State;

/// <summary>Which store State is kept in, from configuration.</summary>
internal static class StateStores
{
    /// <summary>The setting that names the store: <see cref="Sqlite"/> or <see cref="Tables"/>.</summary>
    public const string Setting = "MeshPort:State";
    public const string Sqlite = "sqlite";
    public const string Tables = "tables";

    /// <summary>
    /// The connection of the tables, as Azure Functions reads connections: the setting of this name is a connection string, or settings below it name the account
    /// and the application's credential opens it. Where it is absent, the app's own storage takes its place.
    /// </summary>
    public const string Connection = "MeshPortState";

    private const string OwnStorage = "AzureWebJobsStorage";

    /// <param name="byDefault">What is chosen where the setting is absent.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public static Func<TokenCredential, IStateStore> From(IConfiguration configuration, string byDefault) =>
        (Text(configuration, Setting) ?? byDefault) switch
        {
            Sqlite => InFile(configuration),
            Tables => InTables(configuration),
            var text => throw new InvalidOperationException($"The setting {Setting} is '{text}'; write {Sqlite} or {Tables}."),
        };

    private static Func<TokenCredential, IStateStore> InFile(IConfiguration configuration)
    {
        var directory =
            Text(configuration, MeshPortServices.DataDirectory)
            ?? throw new InvalidOperationException(
                $"The setting {MeshPortServices.DataDirectory} is missing; write the directory that keeps MeshPort's state."
            );
        Directory.CreateDirectory(directory);
        var store = new SqliteStateStore(Path.Combine(directory, "meshport.db")); // now: what cannot be read stops the start
        return _ => store;
    }

    private static Func<TokenCredential, IStateStore> InTables(IConfiguration configuration) =>
        Account(configuration, Connection)
        ?? Account(configuration, OwnStorage)
        ?? throw new InvalidOperationException(
            $"The setting {Connection} is missing, and {OwnStorage} too; write a storage account's connection string, or {Connection}__accountName or {Connection}__tableServiceUri to open it with MeshPort's identity."
        );

    /// <returns>Null when there is no such connection.</returns>
    private static Func<TokenCredential, IStateStore>? Account(IConfiguration configuration, string connection)
    {
        if (Text(configuration, connection) is { } text)
        {
            var service = Open(connection, text);
            return _ => new TableStateStore(service);
        }

        var address =
            Text(configuration, $"{connection}:tableServiceUri")
            ?? (Text(configuration, $"{connection}:accountName") is { } account ? $"https://{account}.table.core.windows.net" : null);
        if (address is null)
        {
            return null;
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
            ? credential => new TableStateStore(new TableServiceClient(uri, credential))
            : throw new InvalidOperationException(
                $"The settings of {connection} lead to '{address}'; write an absolute https address as {connection}__tableServiceUri, or an account's name as {connection}__accountName."
            );
    }

    private static TableServiceClient Open(string connection, string text)
    {
        try
        {
            return new TableServiceClient(text);
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidOperationException($"The setting {connection} is no connection string of a storage account.", fault);
        }
    }

    /// <summary>A setting that is there and empty is as good as absent.</summary>
    private static string? Text(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } text ? text : null;
}
