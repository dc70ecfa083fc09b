namespace MeshPort.Host.Environments;

/// <summary>Reads environments from YAML files and checks all of them before anything starts.</summary>
internal static class EnvironmentFile
{
    private const string StandardInput = "-";
    private const long Largest = 4 * 1024 * 1024;

    /// <summary>The sample of the walk-through, shipped beside the executable.</summary>
    public static string Sample => Path.Combine(AppContext.BaseDirectory, "samples", "tcpecho.yaml");

    /// <summary>Reads the environments of a file, of the files of a directory, or of standard input.</summary>
    /// <param name="path">A file, a directory, or <c>-</c>.</param>
    /// <exception cref="InvalidEnvironmentException">A file is missing, does not parse, or is invalid; with the errors of all.</exception>
    public static IReadOnlyList<DesiredEnvironment> Read(string path)
    {
        var problems = new List<InputProblem>();
        var environments = new List<DesiredEnvironment>();
        foreach (var file in Files(path))
        {
            var found = new List<InputProblem>();
            try
            {
                Read(file, environments, found);
            }
            catch (InvalidEnvironmentException invalid)
            {
                found.AddRange(invalid.Problems);
            }

            problems.AddRange(found.OrderBy(problem => problem.Where?.Line ?? 0).ThenBy(problem => problem.Where?.Column ?? 0));
        }

        RefuseDuplicates(environments, problems);
        return problems.Count == 0 ? environments : throw new InvalidEnvironmentException(problems);
    }

    private static void Read(string file, List<DesiredEnvironment> environments, List<InputProblem> problems)
    {
        var (name, text) = file == StandardInput ? ("standard input", ReadInput()) : (file, ReadText(file));
        foreach (var document in YamlDocumentReader.Parse(name, text, problems))
        {
            var reading = new EnvironmentReading(document);
            var environment = EnvironmentValidator.Validate(reading);
            problems.AddRange(reading.Problems);
            if (environment is not null)
            {
                environments.Add(environment);
            }
        }
    }

    /// <summary>The files of a directory by name, without those of its subdirectories, as <c>kubectl</c> does.</summary>
    private static IReadOnlyList<string> Files(string path)
    {
        if (path == StandardInput || !Directory.Exists(path))
        {
            return [path];
        }

        try
        {
            var files = Directory
                .EnumerateFiles(path)
                .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json")
                .Order(StringComparer.Ordinal)
                .ToList();
            return files.Count > 0
                ? files
                : throw Invalid(path, "The directory has no file that ends in .yaml, .yml or .json; name one that has.");
        }
        catch (UnauthorizedAccessException)
        {
            throw Invalid(path, "This user cannot read the directory; change its permissions.");
        }
    }

    /// <summary>Two documents with the same cluster would replace each other's spec.</summary>
    private static void RefuseDuplicates(List<DesiredEnvironment> environments, List<InputProblem> problems)
    {
        foreach (var same in environments.GroupBy(environment => environment.Cluster).Where(same => same.Count() > 1))
        {
            var first = same.First();
            problems.AddRange(
                same.Skip(1)
                    .Select(other =>
                        other.Problem(
                            "/cluster/name",
                            $"Cluster '{other.Cluster.Name}' is in an earlier document ({first.Problem("/cluster/name", "").Place}). "
                                + "Move its exposures there."
                        )
                    )
            );
        }
    }

    /// <summary>Console.In would keep a byte order mark as text.</summary>
    private static string ReadInput()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        return input.ReadToEnd();
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
            throw Invalid(path, "There is no such file; check the path given to --file.");
        }
        catch (UnauthorizedAccessException)
        {
            throw Invalid(path, "This user cannot read the file; change its permissions.");
        }
        catch (IOException exception)
        {
            throw Invalid(path, $"The file cannot be read: {exception.Message}");
        }
    }

    private static InvalidEnvironmentException Invalid(string path, string detail) => new([new InputProblem(path, null, "", detail)]);
}
