using System.Text.Json;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Host.Hosting;

/// <summary>The configuration of the functions. docs/operations.md lists the settings.</summary>
internal static class MeshPortSettings
{
    public const string DataDirectory = MeshPortServices.DataDirectory;

    /// <summary>API servers of the sandbox see MeshPort come from here.</summary>
    private const string Loopback = "127.0.0.1";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads a settings file. Environment variables (<c>MeshPort__Azure__TenantId</c>) override it.</summary>
    /// <exception cref="StartupException">The file is missing or is not JSON.</exception>
    public static IConfiguration FromEnvironment(FileInfo? file)
    {
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            builder.AddJsonFile(file.FullName, optional: false, reloadOnChange: false);
        }

        try
        {
            return builder.AddEnvironmentVariables().Build();
        }
        catch (FileNotFoundException)
        {
            throw new StartupException($"The settings file {file} does not exist; check the path given to --settings.");
        }
        catch (InvalidDataException exception)
        {
            throw new StartupException($"The settings file {file} is not valid JSON: {exception.GetBaseException().Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The settings file {file} cannot be read: {exception.Message}");
        }
    }

    /// <summary>The settings that point the functions at a sandbox. In memory only, because they contain a secret.</summary>
    public static IConfiguration For(AzureSandbox sandbox) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["MeshPort:Azure:ResourceManagerEndpoint"] = sandbox.ResourceManagerEndpoint.AbsoluteUri,
                    ["MeshPort:Azure:ResourceManagerAudience"] = SandboxTokens.ResourceManagerAudience,
                    ["MeshPort:Azure:AuthorityHost"] = sandbox.AuthorityHost.AbsoluteUri,
                    ["MeshPort:Azure:CertificateAuthority"] = sandbox.CertificateAuthorityPem,
                    ["MeshPort:Azure:TenantId"] = sandbox.TenantId,
                    ["MeshPort:Azure:ClientId"] = sandbox.ClientId,
                    ["MeshPort:Azure:ClientSecret"] = sandbox.ClientSecret,
                    ["MeshPort:EgressAddresses"] = Loopback,
                }
            )
            .Build();

    /// <summary>The same settings as the text of a settings file.</summary>
    public static string ToJson(AzureSandbox sandbox)
    {
        var azure = For(sandbox).GetSection("MeshPort:Azure").GetChildren().ToDictionary(setting => setting.Key, setting => setting.Value);
        return JsonSerializer.Serialize(new { MeshPort = new { Azure = azure, EgressAddresses = Loopback } }, Indented);
    }

    public static IConfiguration With(this IConfiguration settings, string key, string value) =>
        new ConfigurationBuilder()
            .AddConfiguration(settings)
            .AddInMemoryCollection(new Dictionary<string, string?> { [key] = value })
            .Build();
}
