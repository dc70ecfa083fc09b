namespace MeshPort.Host.Environments;

/// <summary>Reads an environment from a YAML file and checks all of it before anything starts.</summary>
internal static class EnvironmentFile
{
    private const long Largest = 4 * 1024 * 1024;

    /// <summary>The sample of the walk-through, shipped beside the executable.</summary>
    public static string Sample => Path.Combine(AppContext.BaseDirectory, "samples", "tcpecho.yaml");

    /// <exception cref="InvalidEnvironmentException">The file is missing, does not parse, or is invalid.</exception>
    public static DesiredEnvironment Read(string path)
    {
        var document = YamlDocumentReader.Parse(path, ReadText(path));
        var reading = new EnvironmentReading(document);
        var environment = EnvironmentValidator.Validate(reading);
        return reading.Problems.Count == 0 && environment is not null
            ? environment
            : throw new InvalidEnvironmentException(reading.Problems);
    }

    private static string ReadText(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > Largest)
            {
                throw Invalid(path, $"The file is larger than {Largest / 1024 / 1024} MiB; an environment file has one or two pages.");
            }

            return File.ReadAllText(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Invalid(
                path,
                Directory.Exists(path)
                    ? "This is a directory; name a file in it."
                    : "There is no such file; check the path given to --file."
            );
        }
        catch (UnauthorizedAccessException)
        {
            throw Invalid(
                path,
                Directory.Exists(path)
                    ? "This is a directory; name a file in it."
                    : "This user cannot read the file; change its permissions."
            );
        }
        catch (IOException exception)
        {
            throw Invalid(path, $"The file cannot be read: {exception.Message}");
        }
    }

    private static InvalidEnvironmentException Invalid(string path, string detail) => new([new InputProblem(path, null, "", detail)]);
}
