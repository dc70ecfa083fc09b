using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Resolves the queue names and connections of function attributes with the application's settings.</summary>
internal static partial class QueueBindingNames
{
    private const string DefaultConnection = "AzureWebJobsStorage";

    /// <summary>
    /// The queue of a <c>[QueueTrigger]</c> or <c>[QueueOutput]</c>. <c>%Name%</c> is replaced by the setting of that name.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is missing, or the result is not a valid queue name.</exception>
    public static string QueueName(string declared, IConfiguration settings)
    {
        var name = Setting()
            .Replace(
                declared,
                match =>
                    settings[match.Groups[1].Value] is { Length: > 0 } value
                        ? value
                        : throw new InvalidOperationException(
                            $"'{match.Value}' of the queue name '{declared}' does not resolve: the setting does not exist."
                        )
            );
        return Runtime.Queues.QueueName.IsValid(name)
            ? name
            : throw new InvalidOperationException(
                $"'{name}' is not a valid queue name: use 3 to 63 lower-case letters, digits and single hyphens between them."
            );
    }

    /// <summary>
    /// The connection string of a storage account. Null means the embedded queues: no connection is declared and AzureWebJobsStorage is not
    /// set.
    /// </summary>
    /// <param name="declared">The attribute's Connection, the name of a setting.</param>
    /// <exception cref="InvalidOperationException">The declared setting is missing, or is identity-based.</exception>
    public static string? ConnectionString(string? declared, IConfiguration settings)
    {
        var name = Connection(declared);
        if ((settings[name] ?? settings.GetConnectionString(name)) is { Length: > 0 } connectionString)
        {
            return connectionString;
        }

        if (settings.GetSection(name).GetChildren().Any())
        {
            throw new InvalidOperationException(
                $"The connection {name} is identity-based; it needs {name}__accountName or {name}__queueServiceUri."
            );
        }

        return name == DefaultConnection
            ? null
            : throw new InvalidOperationException($"A queue's Connection names the setting {name}, which does not exist.");
    }

    /// <summary>
    /// The service of an identity-based connection: <c>{Connection}__accountName</c> or <c>{Connection}__queueServiceUri</c>. Null for
    /// other connections.
    /// </summary>
    /// <exception cref="InvalidOperationException">The setting is not a valid URL.</exception>
    public static Uri? ServiceUri(string? declared, IConfiguration settings)
    {
        var name = Connection(declared);
        if ((settings[name] ?? settings.GetConnectionString(name)) is { Length: > 0 })
        {
            return null;
        }

        var section = Section(declared, settings);
        var address =
            section["queueServiceUri"]
            ?? (section["accountName"] is { Length: > 0 } account ? $"https://{account}.queue.core.windows.net" : null);
        return address is null ? null
            : Uri.TryCreate(address, UriKind.Absolute, out var uri) ? uri
            : throw new InvalidOperationException($"The queue service '{address}' of the connection {name} is not a valid URL.");
    }

    /// <summary>The settings <c>{Connection}__...</c> of an identity-based connection.</summary>
    public static IConfigurationSection Section(string? declared, IConfiguration settings) => settings.GetSection(Connection(declared));

    /// <summary>The name of the connection setting.</summary>
    public static string Connection(string? declared) => declared is { Length: > 0 } ? declared : DefaultConnection;

    [GeneratedRegex("%([^%]+)%", RegexOptions.CultureInvariant)]
    private static partial Regex Setting();
}
