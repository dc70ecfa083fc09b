using System.Reflection;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(MeshPort.EndToEnd.Tests.WebConsole.Browser))]

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>
/// One Chromium for all tests of the console: the one that <c>MESHPORT_TEST_CHROMIUM</c> names. It starts with the first tab.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Variable = "MESHPORT_TEST_CHROMIUM";

    /// <summary>Milliseconds. A wait ends as soon as it can; on a busy machine, a convergence takes minutes.</summary>
    private const float Patience = 300_000;

    private static readonly string[] Arguments =
    [
        "--no-sandbox", // tests may run as root
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    private readonly Lazy<Task<Running>> _running = new(StartAsync);

    private static string? Chromium => Environment.GetEnvironmentVariable(Variable);

    /// <summary>Skips the test where the machine has no Chromium.</summary>
    internal static void Require() => Assert.SkipUnless(File.Exists(Chromium), $"{Variable} names no Chromium.");

    /// <summary>Opens a tab with a new, empty profile.</summary>
    /// <param name="isBare">Without the Content-Security-Policy, for scripts of a test that the policy refuses.</param>
    internal async Task<Tab> OpenAsync(Uri address, ColorScheme scheme = ColorScheme.Light, int width = 1280, bool isBare = false)
    {
        var context = await (await _running.Value).Browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                BypassCSP = isBare,
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new ViewportSize { Width = width, Height = 900 },
            }
        );
        context.SetDefaultTimeout(Patience);
        return await Tab.OpenAsync(context, address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_running.IsValueCreated)
        {
            var (playwright, browser) = await _running.Value;
            await browser.DisposeAsync();
            playwright.Dispose();
        }
    }

    private static async Task<Running> StartAsync()
    {
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", Package());
        Assertions.SetDefaultExpectTimeout(Patience);
        // Playwright sets the encoding of the console. The console then replaces writers that were not set, which can block for ever
        // while a logger writes (dotnet/runtime issue 83723).
        Console.SetOut(Console.Out);
        Console.SetError(Console.Error);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = Arguments });
        return new Running(playwright, browser);
    }

    /// <summary>The folder of the package, which has the driver.</summary>
    private static string Package() =>
        typeof(Browser).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "PlaywrightPackage").Value
        ?? throw new InvalidOperationException("The tests were built without the path of the package Microsoft.Playwright.");

    private sealed record Running(IPlaywright Playwright, IBrowser Browser);
}
