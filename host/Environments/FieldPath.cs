namespace MeshPort.Host.Environments;

/// <summary>Formats RFC 6901 pointers for people: <c>/exposures/0/spec/port</c> becomes <c>exposures[0].spec.port</c>.</summary>
internal static class FieldPath
{
    public static string From(string pointer) =>
        pointer
            .Split('/')
            .Skip(1)
            .Aggregate(
                "",
                (path, token) =>
                    token.All(char.IsAsciiDigit) && path.Length > 0 ? $"{path}[{token}]"
                    : path.Length == 0 ? Unescape(token)
                    : $"{path}.{Unescape(token)}"
            );

    private static string Unescape(string token) =>
        token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
