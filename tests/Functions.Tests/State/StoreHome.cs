using Azure.Data.Tables;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>The place of a state store, empty at first. Each opened store stands for a process.</summary>
public abstract class StoreHome : IDisposable
{
    internal abstract IStateStore Open();

    public abstract void Dispose();
}

public sealed class SqliteHome : StoreHome
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meshport-state");
    private readonly List<SqliteStateStore> _opened = [];

    internal override IStateStore Open()
    {
        var store = new SqliteStateStore(Path.Combine(_directory.FullName, "meshport.db"));
        _opened.Add(store);
        return store;
    }

    public override void Dispose()
    {
        _opened.ForEach(store => store.Dispose());
        _directory.Delete(recursive: true);
    }
}

/// <summary>A new table in the Azurite of the connection string MESHPORT_TEST_AZURITE.</summary>
public sealed class TableHome : StoreHome
{
    private const string Variable = "MESHPORT_TEST_AZURITE";
    private readonly string _table = $"test{Guid.NewGuid():N}";

    internal override IStateStore Open() => new TableStateStore(Service(new TableClientOptions()), _table);

    internal IStateStore Open(TableClientOptions options) => new TableStateStore(Service(options), _table);

    public override void Dispose()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
        {
            Service(new TableClientOptions()).DeleteTable(_table);
        }
    }

    private static TableServiceClient Service(TableClientOptions options)
    {
        var connectionString = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipUnless(
            connectionString.Contains("TableEndpoint", StringComparison.Ordinal),
            $"{Variable} names no table endpoint: no Azurite to test against."
        );
        return new TableServiceClient(connectionString, options);
    }
}
