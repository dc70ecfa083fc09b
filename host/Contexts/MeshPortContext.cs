namespace MeshPort.Host.Contexts;

/// <summary>A named MeshPort server, as <c>meshport context add</c> stores it.</summary>
/// <param name="Key">The Functions key. Null where none is required, or where MESHPORT_KEY has it.</param>
/// <param name="Audience">The application id URI for Entra access tokens. Null sends no token.</param>
/// <param name="Subscription">The default subscription.</param>
/// <param name="ResourceGroup">The default resource group. Only with a subscription.</param>
/// <param name="CertificateAuthority">A PEM file to trust instead of the authorities of this machine.</param>
internal sealed record MeshPortContext(
    string Name,
    Uri Url,
    string? Key = null,
    string? Audience = null,
    string? Subscription = null,
    string? ResourceGroup = null,
    string? CertificateAuthority = null
);

/// <param name="Current">The name of the context that commands use. Null when none is selected.</param>
internal sealed record ContextSet(string? Current, IReadOnlyList<MeshPortContext> Contexts)
{
    public static readonly ContextSet Empty = new(null, []);

    public MeshPortContext? Find(string? name) => Contexts.FirstOrDefault(context => context.Name == name);

    public ContextSet With(MeshPortContext context) =>
        new(Current ?? context.Name, [.. Contexts.Where(other => other.Name != context.Name), context]);

    public ContextSet Without(string name) => new(Current == name ? null : Current, [.. Contexts.Where(context => context.Name != name)]);
}
