namespace MeshPort.Host.Output;

/// <summary>Colours text on a terminal. Without one, or with NO_COLOR (no-color.org), the text stays as it is.</summary>
internal sealed class Paint(bool isOn)
{
    public string Added(string text) => With("32", text);

    public string Changed(string text) => With("33", text);

    public string Removed(string text) => With("31", text);

    public string Faint(string text) => With("2", text);

    public string Strong(string text) => With("1", text);

    /// <summary>Green for True, red for False, yellow for Unknown.</summary>
    public string Status(string text, string status) =>
        status switch
        {
            "True" or "Succeeded" => Added(text),
            "False" or "Failed" => Removed(text),
            _ => Changed(text),
        };

    private string With(string code, string text) => isOn ? $"\e[{code}m{text}\e[0m" : text;
}
