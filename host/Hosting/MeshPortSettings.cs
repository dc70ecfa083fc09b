using System.Text.Json;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Host.Hosting;

/// <summary>The configuration that the functions read: docs/operations.md lists the settings.</summary>
internal static class MeshPortSettings
{
    public const string DataDirectory = MeshPortServices.DataDirectory;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A settings file, and over it the environment (<c>MeshPort__Azure__TenantId</c>).</summary>
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
            throw new StartupException($"There is no settings file {file}; check the path given to --settings.");
        }
        catch (InvalidDataException invalid)
        {
            throw new StartupException($"The settings file {file} is not valid JSON: {invalid.GetBaseException().Message}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The settings file {file} cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>Points the functions at a sandbox; in memory only, for it has a secret.</summary>
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
                }
            )
            .Build();

    /// <summary>The same as a settings file.</summary>
    public static string ToJson(AzureSandbox sandbox)
    {
        var azure = For(sandbox).GetSection("MeshPort:Azure").GetChildren().ToDictionary(setting => setting.Key, setting => setting.Value);
        return JsonSerializer.Serialize(new { MeshPort = new { Azure = azure } }, Indented);
    }

    public static IConfiguration With(this IConfiguration settings, string key, string value) =>
        new ConfigurationBuilder()
            .AddConfiguration(settings)
            .AddInMemoryCollection(new Dictionary<string, string?> { [key] = value })
            .Build();
}
