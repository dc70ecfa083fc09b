using Azure.Identity;
using MeshPort.Host.Api;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Contexts;

/// <summary>The server that a command talks to, and the defaults for names.</summary>
/// <param name="Local">The server of this machine that was found. Null for a context or a URL.</param>
internal sealed record Server(ApiConnection Connection, Scope Defaults, LocalServe? Local)
{
    private const string UrlVariable = "MESHPORT_URL";
    private const string KeyVariable = "MESHPORT_KEY";

    /// <summary>
    /// Selects the server: the named context, MESHPORT_URL, the current context, or the <c>serve</c> of this machine, the first that is
    /// there. MESHPORT_KEY replaces the key of a context.
    /// </summary>
    /// <exception cref="StartupException">There is no server.</exception>
    public static async Task<Server> SelectAsync(string? contextName, CancellationToken cancellationToken)
    {
        var contexts = ContextFile.Read();
        if (contextName is not null)
        {
            return Of(
                contexts.Find(contextName)
                    ?? throw new StartupException($"There is no context '{contextName}'. 'meshport context list' shows them.")
            );
        }

        if (Variable(UrlVariable) is { } text)
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                ? new Server(new ApiConnection(url, UrlVariable, Variable(KeyVariable)), Scope.All, null)
                : throw new StartupException($"{UrlVariable} is '{text}'; write an address such as https://meshport.example.com/.");
        }

        return contexts.Find(contexts.Current) is { } current ? Of(current) : await LocalAsync(cancellationToken);
    }

    private static Server Of(MeshPortContext context) =>
        new(
            new ApiConnection(context.Url, $"context '{context.Name}'", Variable(KeyVariable) ?? context.Key, context.CertificateAuthority)
            {
                Credential = context.Audience is null ? null : new DefaultAzureCredential(),
                Scope = $"{context.Audience}/.default",
            },
            new Scope(context.Subscription, context.ResourceGroup),
            null
        );

    private static async Task<Server> LocalAsync(CancellationToken cancellationToken) =>
        await LocalServe.FindAsync(cancellationToken) switch
        {
            [var one] => new Server(new ApiConnection(one.Address, "the server of this machine", Variable(KeyVariable)), Scope.All, one),
            [] => throw new UnreachableException(
                "There is no context, and no server runs on this machine. Do one of these:\n"
                    + "  meshport serve --sandbox                      start one here, with a simulated Azure\n"
                    + "  meshport context add NAME --url URL           name a server; --key-file or --audience signs in\n"
                    + $"  export {UrlVariable}=URL {KeyVariable}=KEY         the same without a file"
            ),
            var several => throw new StartupException(
                $"{several.Count} servers run on this machine: {string.Join(", ", several.Select(serve => serve.Address))}. "
                    + $"Name one with 'meshport context add NAME --url URL', or set {UrlVariable}."
            ),
        };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
