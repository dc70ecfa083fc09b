using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;

namespace MeshPort.State;

/// <summary>Chooses and opens the state store, from configuration.</summary>
internal static class StateStores
{
    /// <summary>The setting that names the store: <see cref="Sqlite"/> or <see cref="Tables"/>.</summary>
    public const string Setting = "MeshPort:State";

    /// <summary>The setting that names the directory of the SQLite file.</summary>
    public const string DataDirectory = "MeshPort:DataDirectory";
    public const string Sqlite = "sqlite";
    public const string Tables = "tables";

    /// <summary>
    /// The connection of the tables, as Azure Functions reads connections: either the setting of this name is a connection string, or
    /// settings below it name the account, which the application's credential then opens. Without it, the storage account of the app is
    /// used.
    /// </summary>
    public const string Connection = "MeshPortState";

    private const string OwnStorage = "AzureWebJobsStorage";

    /// <param name="byDefault">The store to use without the setting.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong; the message names it.</exception>
    public static Func<TokenCredential, IStateStore> From(IConfiguration configuration, string byDefault) =>
        (Text(configuration, Setting) ?? byDefault) switch
        {
            Sqlite => InFile(configuration),
            Tables => InTables(configuration),
            var text => throw new InvalidOperationException($"The setting {Setting} is '{text}'; set it to {Sqlite} or {Tables}."),
        };

    private static Func<TokenCredential, IStateStore> InFile(IConfiguration configuration)
    {
        var directory =
            Text(configuration, DataDirectory)
            ?? throw new InvalidOperationException(
                $"The setting {DataDirectory} is missing. Set it to the directory for MeshPort's state."
            );
        Directory.CreateDirectory(directory);
        var store = new SqliteStateStore(Path.Combine(directory, "meshport.db")); // opened now, so that an unreadable file stops the start
        return _ => store;
    }

    private static Func<TokenCredential, IStateStore> InTables(IConfiguration configuration) =>
        Account(configuration, Connection)
        ?? Account(configuration, OwnStorage)
        ?? throw new InvalidOperationException(
            $"The settings {Connection} and {OwnStorage} are missing. Set one of them to the connection string of a storage account. "
                + $"Or set {Connection}__accountName or {Connection}__tableServiceUri to use MeshPort's identity."
        );

    /// <returns>Null when the connection is not configured.</returns>
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
                $"The settings of {connection} lead to '{address}', which is not an absolute https address. "
                    + $"Set {connection}__tableServiceUri to one, or {connection}__accountName to the name of an account."
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
            throw new InvalidOperationException($"The setting {connection} is not the connection string of a storage account.", fault);
        }
    }

    /// <summary>An empty setting counts as missing.</summary>
    private static string? Text(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } text ? text : null;
}
