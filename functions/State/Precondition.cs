namespace MeshPort.State;

/// <summary>What a write requires of the resource that is there (RFC 9110, If-Match and If-None-Match).</summary>
/// <param name="Match">The resource must have one of these etags; <see cref="Any"/>: it must exist. Null asks for nothing.</param>
/// <param name="NoneMatch">The resource must have none of these etags; <see cref="Any"/>: it must not exist. Null asks for nothing.</param>
internal sealed record Precondition(IReadOnlyList<string>? Match, IReadOnlyList<string>? NoneMatch)
{
    public const string Any = "*";
    public static readonly Precondition None = new(null, null);
    public static readonly Precondition IsNew = new(null, [Any]);
    public static readonly Precondition Exists = new([Any], null);

    public static Precondition Has(params string[] etags) => new(etags, null);

    /// <summary>Why it does not hold, or null when it does.</summary>
    /// <param name="currentEtag">Null when there is no such resource.</param>
    public string? Violation(string? currentEtag) =>
        currentEtag switch
        {
            null => Match is null ? null : "It does not exist.",
            _ when NoneMatch?.Contains(Any) == true => $"It exists already, with etag \"{currentEtag}\".",
            _ when NoneMatch?.Contains(currentEtag) == true => $"Its etag is \"{currentEtag}\", which it was not to have.",
            _ when Match?.Contains(Any) == false && !Match.Contains(currentEtag) =>
                $"Its etag is \"{currentEtag}\"; read it again and repeat the change.",
            _ => null,
        };
}
