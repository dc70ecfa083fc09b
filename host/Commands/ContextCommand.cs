using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Contexts;
using MeshPort.Host.Hosting;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport context add|use|list|remove</c>.</summary>
internal static class ContextCommand
{
    public static Command Create() =>
        new ClientCommand(
            "context",
            "Names MeshPort servers, and selects the one that commands use.",
            "meshport context add prod --url https://func-meshport.azurewebsites.net --key-file key.txt",
            "meshport context use prod"
        )
        {
            Add(),
            Use(),
            List(),
            Remove(),
        };

    /// <summary>The names of all contexts, for completion.</summary>
    public static IEnumerable<string> Names()
    {
        try
        {
            return ContextFile.Read().Contexts.Select(context => context.Name);
        }
        catch (StartupException)
        {
            return []; // completion has no place for an error
        }
    }

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the context. An existing one is replaced." };
        var url = new Option<string>("--url")
        {
            Description = "The address of the server, before /api.",
            Required = true,
            HelpName = "URL",
        };
        url.Must(
            text => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https",
            "an address such as https://meshport.example.com/"
        );
        var key = new Option<string?>("--key-file")
        {
            Description = "A file with the Functions key; - reads it from standard input. MESHPORT_KEY overrides it.",
            HelpName = "FILE",
        };
        var audience = new Option<string?>("--audience")
        {
            Description = "Sign in with Entra (DefaultAzureCredential) for this application id URI.",
            HelpName = "URI",
        };
        var authority = new Option<FileInfo?>("--ca")
        {
            Description = "A PEM file with the certificate authority of the server.",
            HelpName = "FILE",
        }.MustBeAPath();
        var subscription = new Option<string?>("--subscription") { Description = "The default subscription.", HelpName = "ID" }.Must(
            text => Guid.TryParseExact(text, "D", out _),
            "a GUID"
        );
        var group = new Option<string?>("--resource-group") { Description = "The default resource group.", HelpName = "NAME" };
        var command = new ClientCommand(
            "add",
            "Adds a server. The first context becomes the current one.",
            "meshport context add prod --url https://func-meshport.azurewebsites.net --key-file key.txt",
            "meshport context add prod --url https://func-meshport.azurewebsites.net --audience api://meshport --key-file -"
        )
        {
            name,
            url,
            key,
            audience,
            authority,
            subscription,
            group,
        };
        return command.Runs(
            async (session, arguments, cancellationToken) =>
            {
                if (arguments.GetValue(group) is not null && arguments.GetValue(subscription) is null)
                {
                    throw new UsageException("--resource-group needs --subscription. Add it.");
                }

                var context = new MeshPortContext(
                    arguments.GetRequiredValue(name),
                    new Uri(arguments.GetRequiredValue(url)),
                    arguments.GetValue(key) is { } file ? ReadKey(file) : null,
                    arguments.GetValue(audience),
                    arguments.GetValue(subscription),
                    arguments.GetValue(group),
                    arguments.GetValue(authority)?.FullName
                );
                using var api = new MeshPortApi(
                    new ApiConnection(context.Url, $"context '{context.Name}'", null, context.CertificateAuthority),
                    session.Screen.Trace
                ); // refuses a wrong certificate authority
                ContextFile.Write(ContextFile.Read().With(context));
                session.Screen.Note($"Context '{context.Name}' is stored in {ContextFile.Path}.");
                await WarnAsync(session, api, context.Url, cancellationToken);
                return ExitCodes.Success;
            }
        );
    }

    private static Command Use()
    {
        var name = Existing();
        return new ClientCommand("use", "Selects the context that commands use.", "meshport context use prod") { name }.Runs(
            (session, arguments, _) =>
            {
                var context = Required(arguments.GetRequiredValue(name));
                ContextFile.Write(ContextFile.Read() with { Current = context.Name });
                session.Screen.Note($"Commands now use {context.Url} (context '{context.Name}').");
                return Task.FromResult(ExitCodes.Success);
            }
        );
    }

    private static Command List()
    {
        var format = FormatOption.Create("table", "json", "name");
        return new ClientCommand("list", "Lists the contexts, without their keys.", "meshport context list") { format }.Runs(
            (session, arguments, _) =>
            {
                var contexts = ContextFile.Read();
                Write(session.Screen, contexts, FormatOption.Of(arguments.GetValue(format)));
                if (contexts.Contexts.Count == 0)
                {
                    session.Screen.Note("There is no context. Commands use the server of this machine if it runs.");
                }

                return Task.FromResult(ExitCodes.Success);
            }
        );
    }

    private static Command Remove()
    {
        var name = Existing();
        return new ClientCommand("remove", "Removes a context and its key.", "meshport context remove prod") { name }.Runs(
            (session, arguments, _) =>
            {
                var context = Required(arguments.GetRequiredValue(name));
                ContextFile.Write(ContextFile.Read().Without(context.Name));
                session.Screen.Note($"Context '{context.Name}' is removed.");
                return Task.FromResult(ExitCodes.Success);
            }
        );
    }

    private static void Write(Screen screen, ContextSet contexts, Format format)
    {
        if (format == Format.Json)
        {
            screen.Out.WriteLine(
                JsonText.Write(
                    contexts.Contexts.Select(context => new
                    {
                        context.Name,
                        Current = context.Name == contexts.Current,
                        context.Url,
                        context.Audience,
                        HasKey = context.Key is not null,
                        context.Subscription,
                        context.ResourceGroup,
                    })
                )
            );
            return;
        }

        var table = new TextTable(
            format == Format.Name ? ["NAME"] : ["CURRENT", "NAME", "URL", "SIGN-IN", "SUBSCRIPTION", "RESOURCE GROUP"]
        );
        foreach (var context in contexts.Contexts)
        {
            var signIn = (context.Key, context.Audience) switch
            {
                (null, null) => "none",
                (null, _) => "Entra",
                (_, null) => "key",
                _ => "key and Entra",
            };
            table.Add(
                format == Format.Name
                    ? [context.Name]
                    :
                    [
                        context.Name == contexts.Current ? "*" : "",
                        context.Name,
                        context.Url.ToString(),
                        signIn,
                        context.Subscription ?? "",
                        context.ResourceGroup ?? "",
                    ]
            );
        }

        table.Write(screen.Out, withHeaders: format != Format.Name);
    }

    private static Argument<string> Existing()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the context." };
        name.CompletionSources.Add(_ => Names());
        return name;
    }

    private static MeshPortContext Required(string name) =>
        ContextFile.Read().Find(name) ?? throw new UsageException($"There is no context '{name}'. 'meshport context list' shows them.");

    private static string ReadKey(string file)
    {
        try
        {
            var key = (file == "-" ? Console.In.ReadLine() : File.ReadAllText(file))?.Trim();
            return string.IsNullOrEmpty(key) ? throw new UsageException($"The key in {file} is empty. Write the key into it.")
                : ApiConnection.IsKey(key) ? key
                : throw new UsageException($"{file} has characters that no key has. Write only the key into it, in one line.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The key cannot be read: {exception.Message} Check the path given to --key-file.");
        }
    }

    /// <summary>A server that does not answer now is no error: it may be started later.</summary>
    private static async Task WarnAsync(Session session, MeshPortApi api, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            var version = await api.ReadVersionAsync(cancellationToken);
            session.Screen.Note(
                version is null ? $"{url} answers, but it is not MeshPort. Check the URL." : $"It serves API version {version}."
            );
        }
        catch (UnreachableException unreachable)
        {
            session.Screen.Note($"Now {char.ToLowerInvariant(unreachable.Message[0])}{unreachable.Message[1..]}");
        }
    }
}
