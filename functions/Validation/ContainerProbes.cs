using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Reads a probe of the kubelet.</summary>
internal static partial class ContainerProbes
{
    private const int LongestSeconds = 86_400;
    private const int MostTries = 1_000;

    private static readonly TextRule Path = TextRule.Of(
        PathRule(),
        text => $"'{text}' is not the path of a URL. Begin with '/'.",
        longest: 1024
    );

    /// <param name="isOnce">Whether Kubernetes accepts no success threshold but 1.</param>
    public static ContainerProbe? Read(SpecReader reader, string name, bool isOnce)
    {
        if (reader.Object(name) is not { } probe)
        {
            return null;
        }

        var read = new ContainerProbe
        {
            TcpSocket = probe.Object("tcpSocket") is { } tcp ? Tcp(tcp) : null,
            HttpGet = probe.Object("httpGet") is { } http ? Http(http) : null,
            Grpc = probe.Object("grpc") is { } grpc ? Grpc(grpc) : null,
            Exec = probe.Object("exec") is { } exec ? Command(exec) : null,
            InitialDelaySeconds = probe.Number("initialDelaySeconds", 0, LongestSeconds),
            PeriodSeconds = probe.Number("periodSeconds", 1, LongestSeconds),
            TimeoutSeconds = probe.Number("timeoutSeconds", 1, LongestSeconds),
            SuccessThreshold = probe.Number("successThreshold", 1, isOnce ? 1 : MostTries),
            FailureThreshold = probe.Number("failureThreshold", 1, MostTries),
        };
        probe.RequireOne("tcpSocket", "httpGet", "grpc", "exec");
        probe.RefuseUnknown();
        return read;
    }

    private static TcpCheck Tcp(SpecReader reader)
    {
        var check = new TcpCheck(Port(reader));
        reader.RefuseUnknown();
        return check;
    }

    private static HttpCheck Http(SpecReader reader)
    {
        var check = new HttpCheck(
            reader.Text("path", check: Path) ?? "/",
            Port(reader),
            reader.Choice<HttpScheme>("scheme") ?? HttpScheme.Http
        );
        reader.RefuseUnknown();
        return check;
    }

    private static GrpcCheck Grpc(SpecReader reader)
    {
        var check = new GrpcCheck(Port(reader), reader.Text("service"));
        reader.RefuseUnknown();
        return check;
    }

    private static CommandCheck Command(SpecReader reader)
    {
        var command = WorkloadValidator.Words(reader, "command");
        reader.RefuseEmpty("command", command.Count, "The command is missing. Write the program and its arguments.");
        reader.RefuseUnknown();
        return new CommandCheck(command);
    }

    private static int Port(SpecReader reader) => reader.Number("port", 1, 65535, required: true) ?? 0;

    [GeneratedRegex(@"^/\S*\z")]
    private static partial Regex PathRule();
}
