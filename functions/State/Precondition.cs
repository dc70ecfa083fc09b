namespace MeshPort.State;

/// <summary>The condition under which a request may change a resource (RFC 9110, If-Match and If-None-Match).</summary>
/// <param name="Match">Etags of which the resource must have one; <see cref="Any"/>: it must exist. Null: no condition.</param>
/// <param name="NoneMatch">Etags of which the resource must have none; <see cref="Any"/>: it must not exist. Null: no condition.</param>
internal sealed record Precondition(IReadOnlyList<string>? Match, IReadOnlyList<string>? NoneMatch)
{
    public const string Any = "*";
    public static readonly Precondition None = new(null, null);
    public static readonly Precondition IsNew = new(null, [Any]);
    public static readonly Precondition Exists = new([Any], null);

    public static Precondition Has(params string[] etags) => new(etags, null);

    /// <summary>The reason why the condition does not hold; null when it holds.</summary>
    /// <param name="currentEtag">Null when the resource does not exist.</param>
    public string? Violation(string? currentEtag) =>
        currentEtag switch
        {
            null => Match is null ? null : "The resource does not exist, but If-Match requires it.",
            _ when NoneMatch?.Contains(Any) == true => $"The resource already exists, with etag \"{currentEtag}\".",
            _ when NoneMatch?.Contains(currentEtag) == true => $"The resource has etag \"{currentEtag}\", which If-None-Match excludes.",
            _ when Match?.Contains(Any) == false && !Match.Contains(currentEtag) =>
                $"The resource has etag \"{currentEtag}\". Read it again and repeat the change.",
            _ => null,
        };
}
