namespace MeshPort.Host.Hosting;

/// <summary>Files that only this user can read (0600), for what carries a credential.</summary>
internal static class SecretFile
{
    /// <summary>Written aside and moved into place, so that a reader never sees half of it.</summary>
    public static string Write(string path, string text)
    {
        var aside = path + ".new";
        File.Delete(aside); // one that a killed process left may have other permissions
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
