using System.Text.Json;

namespace MeshPort.EndToEnd.Tests.Commands;

public sealed class ContextTests : IDisposable
{
    private readonly TestDirectory _home = new();

    public ContextTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The directories of a user are redirected by XDG variables.");

    private string ContextFile => Path.Combine(_home["config"], "meshport", "contexts.json");

    [Fact]
    public async Task A_context_is_added_selected_listed_without_its_key_and_removed()
    {
        (await AddAsync("one")).Must(0).Complains("Now the server at http://127.0.0.1:9/ (context 'one') does not answer");
        (await AddAsync("two", "--audience", "api://meshport", "--subscription", Guid.Empty.ToString(), "--resource-group", "rg")).Must(0);
        (await RunAsync("context", "use", "two")).Must(0).Complains("Commands now use http://127.0.0.1:9/ (context 'two').");

        var list = (await RunAsync("context", "list")).Must(0).Says(@"^ +one .* key *$").Says(@"^\* +two .* key and Entra +0000.* rg$");
        var json = (await RunAsync("context", "list", "-o", "json")).Must(0);
        (await RunAsync("context", "remove", "two")).Must(0);

        Assert.DoesNotContain("secret", list.Output + json.Output, StringComparison.Ordinal);
        Assert.Equal(2, json.Json.GetArrayLength());
        (await RunAsync("context", "list", "-o", "name")).Must(0).Says(@"\Aone\s*\z");
        (await RunAsync("context", "use", "two")).Must(2).Complains("There is no context 'two'.");
        (await RunAsync("get", "clusters", "--context", "two")).Must(2).Complains("There is no context 'two'.");
    }

    [Fact]
    public async Task Keys_are_in_a_file_that_only_its_user_can_read()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // the constructor has skipped the test; the analyzer does not know that
        }

        (await AddAsync("one")).Must(0);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ContextFile));
        using var stored = JsonDocument.Parse(await File.ReadAllTextAsync(ContextFile, TestContext.Current.CancellationToken));
        Assert.Equal("secret", stored.RootElement.GetProperty("contexts")[0].GetProperty("key").GetString());

        File.SetUnixFileMode(ContextFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        (await RunAsync("context", "list")).Must(2).Complains($"Run: chmod 600 {ContextFile}");
    }

    [Fact]
    public async Task All_invalid_options_of_a_context_are_named() =>
        (await RunAsync("context", "add", "one", "--url", "there", "--subscription", "mine"))
            .Must(2)
            .Complains("--url is 'there'; write an address such as https://meshport.example.com/.")
            .Complains("--subscription is 'mine'; write a GUID.");

    [Fact]
    public async Task A_wrong_certificate_authority_leaves_the_context_as_it_was()
    {
        var file = Path.Combine(_home.Path, "ca.pem");
        await File.WriteAllTextAsync(file, "no certificate", TestContext.Current.CancellationToken);
        (await AddAsync("one")).Must(0);

        (await AddAsync("one", "--ca", file)).Must(2).Complains($"The file {file} has no certificate in PEM.");

        Assert.DoesNotContain(
            file,
            await File.ReadAllTextAsync(ContextFile, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _home.Dispose();

    private Task<Outcome> AddAsync(string name, params string[] more) =>
        CommandLine.RunAloneAsync(
            CommandLine.UserOf(_home),
            "secret\n",
            ["context", "add", name, "--url", "http://127.0.0.1:9/", "--key-file", "-", .. more]
        );

    private Task<Outcome> RunAsync(params string[] arguments) => CommandLine.RunAloneAsync(CommandLine.UserOf(_home), null, arguments);
}
