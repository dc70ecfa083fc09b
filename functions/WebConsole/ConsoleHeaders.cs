using Microsoft.AspNetCore.Http;

namespace MeshPort.WebConsole;

/// <summary>
/// The security headers of the console. The page runs its own script files only, and the browser sends nothing to other servers, except to
/// Entra where people sign in with it.
/// </summary>
internal static class ConsoleHeaders
{
    /// <summary>A fragment is data for the script. Opened by itself it can do nothing.</summary>
    private const string OfFragment = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

    public static void GiveToFragment(HttpResponse response)
    {
        Give(response, OfFragment);
        response.Headers.CacheControl = "no-store";
    }

    public static void GiveToFile(HttpResponse response, ConsoleOptions options)
    {
        Give(response, OfShell(options));
        response.Headers.CacheControl = "no-cache"; // the browser asks each time, and an etag answers
    }

    /// <summary>Trusted Types let only one function of the script make HTML of text.</summary>
    internal static string OfShell(ConsoleOptions options) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + $"connect-src 'self'{(options.HasEntra ? $" {options.Authority.GetLeftPart(UriPartial.Authority)}" : "")}; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types meshport";

    private static void Give(HttpResponse response, string policy)
    {
        response.Headers.ContentSecurityPolicy = policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
