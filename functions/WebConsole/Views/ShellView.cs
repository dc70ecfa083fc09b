namespace MeshPort.WebConsole.Views;

/// <param name="Root">The path of the console, with the prefix of a gateway before MeshPort.</param>
/// <param name="Settings">JSON for the script.</param>
public sealed record ShellView(string Root, string Settings);
