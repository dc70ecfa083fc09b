using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>A new version of a page leaves alone what the user does: the script's morph, in the browser.</summary>
public sealed class MorphTests(Browser browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The element with the focus has the text <c>focus</c>.</summary>
    private static readonly (string From, string To)[] Changes =
    [
        ("<ul><li data-key=a>a<li data-key=b><a href=#>focus</a></ul>", "<ul><li data-key=b><a href=#>focus</a></ul>"),
        ("<ul><li data-key=b><a href=#>focus</a></ul>", "<ul><li data-key=a>a<li data-key=b><a href=#>focus</a></ul>"),
        (
            "<ul><li data-key=a>a<li data-key=b>b<li data-key=c><a href=#>focus</a></ul>",
            "<ul><li data-key=c><a href=#>focus</a><li data-key=b>b<li data-key=a>a</ul>"
        ),
        ("<div><p>gone<section><a href=#>focus</a></section></div>", "<div><section><a href=#>focus</a></section></div>"),
        ("<div> <section><a href=#>focus</a></section></div>", "<div><p>new</p> <section><a href=#>focus</a></section></div>"),
        ("<div><p>1</p><h2>x</h2><p><a href=#>focus</a></p></div>", "<div><p>2</p><p><a href=#>focus</a></p></div>"),
    ];

    [Fact]
    public async Task The_focus_stays_when_others_come_and_go_before_it()
    {
        Browser.Require();
        await using var host = await MeshPortHost.StartAsync(Token);
        await using var tab = await browser.OpenAsync(host.Functions.Address, isBare: true);
        await tab.GoAsync("/console/clusters");
        await Expect(tab.Find("page-clusters")).ToBeVisibleAsync();

        foreach (var (from, to) in Changes)
        {
            var shown = await tab.Page.EvaluateAsync<string[]>(Script, new[] { from, to });

            Assert.Equal(["focus", shown[2]], shown[..2]); // the new version, with the focus where it was
        }
    }

    private const string Script = """
        async ([from, to]) => {
          const { morph } = await import('/console/morph.js');
          const parse = (html) => new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
          const shown = document.body.appendChild(parse(from));
          shown.querySelector('a').focus();
          const next = parse(to);
          const expected = next.outerHTML;
          morph(shown, next);
          const [focus, html] = [document.activeElement.textContent, shown.outerHTML];
          shown.remove();
          return [focus, html, expected];
        }
        """;
}
