using System.Text.Json;
using System.Text.Json.Serialization;
using MeshPort.Host.Api;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Contexts;

/// <summary>The contexts of this user, in a file with mode 0600, because it can have keys.</summary>
internal static class ContextFile
{
    private static readonly JsonSerializerOptions Json = new(AnswerReading.Json)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Path { get; } =
        System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "meshport",
            "contexts.json"
        );

    /// <exception cref="StartupException">The file cannot be read, or others can read it.</exception>
    public static ContextSet Read()
    {
        try
        {
            if (!File.Exists(Path))
            {
                return ContextSet.Empty;
            }

            RequirePrivate();
            return JsonSerializer.Deserialize<ContextSet>(File.ReadAllText(Path), Json) ?? ContextSet.Empty;
        }
        catch (JsonException exception)
        {
            throw new StartupException($"The contexts in {Path} are not valid JSON ({exception.Message}) Correct or delete the file.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The contexts in {Path} cannot be read: {exception.Message}");
        }
    }

    /// <exception cref="StartupException">The file cannot be written.</exception>
    public static void Write(ContextSet contexts)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path) ?? ".");
            SecretFile.Write(Path, JsonSerializer.Serialize(contexts, Json) + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The contexts cannot be written to {Path}: {exception.Message}");
        }
    }

    private static void RequirePrivate()
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & Others) != 0)
        {
            throw new StartupException($"Other users can access {Path}, which may have keys. Run: chmod 600 {Path}");
        }
    }
}
