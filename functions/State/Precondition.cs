namespace MeshPort.State;

/// <summary>What a write requires of the resource that is there (RFC 9110, If-Match and If-None-Match).</summary>
/// <param name="Etag">The resource must have this etag; <c>*</c>: it must exist.</param>
/// <param name="MustBeNew">The resource must not exist.</param>
internal sealed record Precondition(string? Etag, bool MustBeNew)
{
    public static readonly Precondition None = new(null, false);

    /// <summary>Why it does not hold, or null when it does.</summary>
    public string? Violation(string? currentEtag) => this switch
    {
        { MustBeNew: true } when currentEtag is not null => $"It exists already, with etag \"{currentEtag}\".",
        { Etag: not null } when currentEtag is null => "It does not exist.",
        { Etag: not null and not "*" } when currentEtag != Etag => $"Its etag is \"{currentEtag}\"; read it again and repeat the change.",
        _ => null,
    };
}
