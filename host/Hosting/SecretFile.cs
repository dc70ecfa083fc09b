namespace MeshPort.Host.Hosting;

/// <summary>Writes files that only this user can read (0600), for credentials.</summary>
internal static class SecretFile
{
    /// <summary>Writes a temporary file and renames it, so that a reader never sees a partial file.</summary>
    public static string Write(string path, string text)
    {
        var aside = path + ".new";
        File.Delete(aside); // a killed process may have left one with other permissions
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(aside, options))
        {
            writer.Write(text);
        }

        File.Move(aside, path, overwrite: true);
        return path;
    }
}
