using MeshPort.Sandbox.Kubelet.Streams;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubelet;

/// <summary>The client's ends of a program's standard streams. Null: the client did not ask for it.</summary>
/// <param name="Status">Receives the result when the program has ended.</param>
internal sealed record CommandStreams(
    ClientStream? Input,
    ClientStream? Output,
    ClientStream? Errors,
    ClientStream Status,
    bool IsTerminal
);

/// <summary>The query of exec and attach (PodExecOptions).</summary>
internal sealed record CommandOptions(IReadOnlyList<string> Command, bool Input, bool Output, bool Errors, bool IsTerminal, string? Problem)
{
    private const int InputNumber = 0;
    private const int OutputNumber = 1;
    private const int ErrorsNumber = 2;
    private const int StatusNumber = 3;
    private const int ResizeNumber = 4;

    public static CommandOptions Of(HttpRequest request, string subresource)
    {
        bool Flag(string name) => request.Query.TryGetValue(name, out var value) && value.ToString() is not ("false" or "0");
        string[] command = [.. request.Query["command"].OfType<string>()];
        var (input, output, terminal) = (Flag("stdin"), Flag("stdout"), Flag("tty"));
        var errors = Flag("stderr") && !terminal; // a terminal has one output
        return new CommandOptions(
            command,
            input,
            output,
            errors,
            terminal,
            !input && !output && !errors ? "you must specify at least 1 of stdin, stdout, stderr"
                : subresource == "exec" && command.Length == 0 ? "you must specify at least one command for the container"
                : null
        );
    }

    /// <summary>The value of a SPDY stream's header <c>streamType</c>, by the number of the stream's WebSocket channel.</summary>
    public static string NameOf(int number) =>
        number switch
        {
            InputNumber => "stdin",
            OutputNumber => "stdout",
            ErrorsNumber => "stderr",
            StatusNumber => "error",
            _ => "resize",
        };

    /// <summary>The streams that a client of SPDY opens.</summary>
    public IReadOnlyList<string> Names(bool hasResize) =>
        [
            .. new[] { (InputNumber, Input), (OutputNumber, Output), (ErrorsNumber, Errors), (ResizeNumber, IsTerminal && hasResize) }
                .Where(stream => stream.Item2)
                .Select(stream => NameOf(stream.Item1))
                .Append(NameOf(StatusNumber)),
        ];

    public CommandStreams Select(Func<int, ClientStream> find) =>
        new(
            Input ? find(InputNumber) : null,
            Output ? find(OutputNumber) : null,
            Errors ? find(ErrorsNumber) : null,
            find(StatusNumber),
            IsTerminal
        );
}
