using System.Globalization;
using MeshPort.Arm;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Access;

/// <summary>
/// The callers of the API: configuration section <c>MeshPort:Access</c>. Without an audience, the Functions key makes every caller an
/// operator.
/// </summary>
internal sealed record AccessOptions
{
    public const string Section = "MeshPort:Access";

    /// <summary>Requests that one caller may send in a minute, or at once after a pause.</summary>
    public const int DefaultRequestsPerMinute = 6000;

    /// <summary>
    /// The application of Event Grid in public Azure (Microsoft Learn, "Secure WebHook delivery with Microsoft Entra Application"). Other
    /// clouds have other ones.
    /// </summary>
    public const string EventGrid = "4962773b-9cdb-44cf-a8bf-237846a00ab7";

    private const string Events = nameof(Events);

    private static readonly Uri PublicAuthority = new("https://login.microsoftonline.com/");

    /// <summary>The tenant whose tokens are accepted.</summary>
    public string TenantId { get; init; } = "";

    /// <summary>
    /// The audiences that tokens may have: the application id of MeshPort in Entra, its id URI, or both. Empty: no token is required.
    /// </summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>
    /// The audiences that the tokens of Event Grid's deliveries may have: the application id of the webhook in Entra, its id URI, or both.
    /// Empty: Event Grid delivers to the function's own webhook, with its key.
    /// </summary>
    public IReadOnlyList<string> EventAudiences { get; init; } = [];

    /// <summary>The id of the application that delivers events.</summary>
    public string EventSender { get; init; } = EventGrid;

    /// <summary>The address of Entra, with a slash at its end.</summary>
    public Uri Authority { get; init; } = PublicAuthority;

    /// <summary>0 means no limit.</summary>
    public int RequestsPerMinute { get; init; } = DefaultRequestsPerMinute;

    public AllowList Reader { get; init; } = AllowList.Everything;

    public AllowList Operator { get; init; } = AllowList.Everything;

    /// <exception cref="InvalidOperationException">A setting is invalid; the message names it.</exception>
    public static AccessOptions From(IConfiguration configuration, AzureOptions azure)
    {
        var section = configuration.GetSection(Section);
        var options = new AccessOptions
        {
            TenantId = section[nameof(TenantId)] is { Length: > 0 } tenant ? tenant : azure.TenantId ?? "",
            Audiences = List(section, "Audience"),
            EventAudiences = List(section.GetSection(Events), "Audience"),
            EventSender = section.GetSection(Events)["Sender"] is { Length: > 0 } sender ? sender : EventGrid,
            Authority = azure.AuthorityHost ?? PublicAuthority,
            RequestsPerMinute = Number(section, nameof(RequestsPerMinute)),
            Reader = AllowList.From(section.GetSection(nameof(Reader))),
            Operator = AllowList.From(section.GetSection(nameof(Operator))),
        };
        if (options.Reader.IsAboutExposures)
        {
            throw new InvalidOperationException(
                $"The settings {Section}:{nameof(Reader)}:{nameof(AllowList.Namespaces)} and {nameof(AllowList.Ports)} have no effect, "
                    + "because readers cannot change exposures. Remove them."
            );
        }

        if (!Guid.TryParse(options.EventSender, out _))
        {
            throw new InvalidOperationException(
                $"The setting {Section}:{Events}:Sender is '{options.EventSender}'. "
                    + "Set it to the application id of Event Grid in your cloud, or remove it in public Azure."
            );
        }

        var asking =
            options.Audiences.Count > 0 ? $"{Section}:Audience"
            : options.EventAudiences.Count > 0 ? $"{Section}:{Events}:Audience"
            : null;
        return asking is not null && !Guid.TryParse(options.TenantId, out _)
            ? throw new InvalidOperationException(
                $"The setting {Section}:{nameof(TenantId)} is '{options.TenantId}'. {asking} requires it: "
                    + "set it to the id of the tenant whose tokens are accepted."
            )
            : options;
    }

    public AllowList AllowListOf(Role role) => role == Role.Operator ? Operator : Reader;

    private static string[] List(IConfigurationSection section, string name) =>
        (section[name] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int Number(IConfigurationSection section, string name) =>
        section[name] switch
        {
            null or "" => DefaultRequestsPerMinute,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            var text => throw new InvalidOperationException(
                $"The setting {section.Path}:{name} is '{text}'. Set it to a number of requests, or to 0 for no limit."
            ),
        };
}
