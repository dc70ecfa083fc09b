using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport get clusters|exposures|operations|rejections</c>.</summary>
internal static class GetCommand
{
    public static Command Create() =>
        new ClientCommand(
            "get",
            "Lists resources.",
            "meshport get exposures",
            "meshport get exposures --ready false -A -o wide",
            "meshport get clusters -o json"
        )
        {
            Clusters(),
            Exposures(),
            Operations(),
            Rejections(),
        };

    private static Command Clusters()
    {
        var name = Name("The name of a cluster.");
        var all = CommonOptions.All();
        var command = new ClientCommand(
            "clusters",
            "Lists clusters.",
            "meshport get clusters -A",
            "meshport get clusters istiotest -o yaml"
        )
        {
            name,
            all,
        };
        command.Aliases.Add("cluster");
        return Listing(
            command,
            Listings.Clusters,
            async (session, arguments, cancellationToken) =>
            {
                var api = await session.ConnectAsync(cancellationToken);
                var scope = await session.ScopeAsync(arguments.GetValue(all), cancellationToken);
                return token => Named(api.ListClustersAsync(scope, token), arguments.GetValue(name), found => found.Metadata.Name);
            }
        );
    }

    private static Command Exposures()
    {
        var name = Name("The name of exposures.");
        var all = CommonOptions.All();
        var cluster = CommonOptions.Cluster();
        var ready = new Option<bool?>("--ready")
        {
            Description = "Only exposures that are Ready, or that are not: true or false.",
            HelpName = "true|false",
            Arity = ArgumentArity.ExactlyOne,
        };
        var port = new Option<int?>("--port") { Description = "Only exposures of this port.", HelpName = "PORT" }.Must(
            OptionChecks.IsPort,
            OptionChecks.Port
        );
        var gateway = new Option<string?>("--gateway") { Description = "Only exposures of this gateway: external or internal." };
        gateway.AcceptOnlyFromAmong("external", "internal");
        var command = new ClientCommand(
            "exposures",
            "Lists exposures.",
            "meshport get exposures -w",
            "meshport get exposures --ready false --gateway external -A",
            "meshport get exposures tcpecho -o json"
        )
        {
            name,
            all,
            cluster,
            ready,
            port,
            gateway,
        };
        command.Aliases.Add("exposure");
        return Listing(
            command,
            Listings.Exposures,
            async (session, arguments, cancellationToken) =>
            {
                var api = await session.ConnectAsync(cancellationToken);
                var scope = await session.ScopeAsync(arguments.GetValue(all), cancellationToken);
                var id = arguments.GetValue(cluster) is { } text
                    ? await session.FindExistingClusterAsync(text, cancellationToken)
                    : default;
                var filter = new ExposureFilter(arguments.GetValue(ready), arguments.GetValue(port), arguments.GetValue(gateway), id.Name);
                var within = id.Name is null ? scope : new Scope(id.SubscriptionId, id.ResourceGroup);
                return token =>
                    Named(api.ListExposuresAsync(within, filter, token), arguments.GetValue(name), found => found.Metadata.Name);
            }
        );
    }

    private static Command Operations()
    {
        const int Most = 20;
        var id = Name("The id of an operation.");
        var cluster = CommonOptions.Cluster();
        var command = new ClientCommand(
            "operations",
            $"Lists the last {Most} operations of a cluster, newest first.",
            "meshport get operations --cluster istiotest"
        )
        {
            id,
            cluster,
        };
        command.Aliases.Add("operation");
        return Listing(
            command,
            Listings.Operations,
            async (session, arguments, cancellationToken) =>
            {
                var api = await session.ConnectAsync(cancellationToken);
                var found = await session.FindClusterAsync(arguments.GetValue(cluster), cancellationToken);
                return async token =>
                    [.. (await Named(api.ListOperationsAsync(found, Most, token), arguments.GetValue(id), one => one.Id)).Take(Most)];
            }
        );
    }

    private static Command Rejections()
    {
        var id = Name("The id of a message.");
        var command = new ClientCommand("rejections", "Lists the rejected messages of the queue, newest first.", "meshport get rejections")
        {
            id,
        };
        command.Aliases.Add("rejection");
        return Listing(
            command,
            Listings.Rejections,
            async (session, arguments, cancellationToken) =>
            {
                var api = await session.ConnectAsync(cancellationToken);
                return token => Named(api.ListRejectionsAsync(token), arguments.GetValue(id), one => one.Id);
            }
        );
    }

    /// <param name="prepare">Resolves names once, and returns the function that reads the list.</param>
    private static Command Listing<T>(
        ClientCommand command,
        Listing<T> listing,
        Func<Session, ParseResult, CancellationToken, Task<Func<CancellationToken, Task<IReadOnlyList<T>>>>> prepare
    )
    {
        var format = FormatOption.Create("table", "wide", "json", "yaml", "name");
        var watch = new Option<bool>("--watch", "-w") { Description = "Print each change until Ctrl+C." };
        var nameArgument = (Argument<string?>)command.Arguments[0];
        command.Options.Add(format);
        command.Options.Add(watch);
        return command.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var read = await prepare(session, arguments, cancellationToken);
                var name = arguments.GetValue(nameArgument);
                var writer = new ListWriter<T>(session.Screen, listing, FormatOption.Of(arguments.GetValue(format)));
                if (arguments.GetValue(watch))
                {
                    var api = await session.ConnectAsync(cancellationToken);
                    return await writer.WatchAsync(read, api.Address, cancellationToken);
                }

                var found = await read(cancellationToken);
                if (found.Count == 0 && name is not null)
                {
                    throw new ApiException($"'{name}' was not found. 'meshport get {command.Name}' lists all.");
                }

                writer.Write(found, isOne: name is not null && found.Count == 1);
                return ExitCodes.Success;
            }
        );
    }

    private static Argument<string?> Name(string description) => new("NAME") { Description = description, Arity = ArgumentArity.ZeroOrOne };

    private static async Task<IReadOnlyList<T>> Named<T>(Task<IReadOnlyList<T>> list, string? name, Func<T, string> nameOf) =>
        [.. (await list).Where(one => name is null || string.Equals(nameOf(one), name, StringComparison.OrdinalIgnoreCase))];
}
