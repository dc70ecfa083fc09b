using System.Text.RegularExpressions;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Reads the workload of an exposure. The rules are Kubernetes' own (kubernetes/kubernetes, pkg/apis/core/validation).</summary>
internal static partial class WorkloadValidator
{
    private const int LongestArgs = 64 * 1024;
    private const int MostArgs = 1_000;
    private const int LongestEnv = 32 * 1024;
    private const int MostVariables = 200;
    private const int MostPorts = 50;
    private const int MostSecrets = 10;
    private const int MostSelectors = 20;
    private const int HighestUser = int.MaxValue;

    private static readonly TextRule Image = TextRule.Of(
        ImageRule(),
        text => $"'{text}' is not a container image. Write an image such as istio/tcp-echo-server:1.1."
    );
    private static readonly TextRule PortName = TextRule.Of(
        PortNameRule(),
        text => $"'{text}' is not a port name. Write 1 to 15 lower-case letters, digits and '-', with a letter among them.",
        longest: 15
    );
    private static readonly TextRule Variable = TextRule.Of(
        VariableRule(),
        text => $"'{text}' is not the name of a variable. Write letters, digits, '_', '-' and '.', with no digit first.",
        longest: 253
    );
    public static readonly TextRule ObjectName = TextRule.Of(
        ObjectNameRule(),
        text => $"'{text}' is not the name of a Kubernetes object. Write lower-case letters, digits, '-' and '.'.",
        longest: 253
    );
    private static readonly TextRule Key = TextRule.Of(
        KeyRule(),
        text => $"'{text}' is not a key of a Secret or ConfigMap. Write letters, digits, '-', '_' and '.'.",
        longest: 253
    );

    public static WorkloadSpec Read(SpecReader reader)
    {
        var workload = new WorkloadSpec
        {
            Image = reader.Text("image", required: true, check: Image) ?? "",
            Command = Words(reader, "command"),
            Args = Words(reader, "args"),
            ContainerPort = reader.Number("containerPort", 1, 65535, required: true) ?? 0,
            AdditionalPorts = AdditionalPorts(reader),
            Replicas = reader.Number("replicas", 1, 100) ?? 1,
            Env = Env(reader),
            Resources = reader.Object("resources") is { } resources ? Resources(resources) : null,
            StartupProbe = ContainerProbes.Read(reader, "startupProbe", isOnce: true),
            ReadinessProbe = ContainerProbes.Read(reader, "readinessProbe", isOnce: false),
            LivenessProbe = ContainerProbes.Read(reader, "livenessProbe", isOnce: true),
            ImagePullSecrets = ImagePullSecrets(reader),
            NodeSelector = reader.TextMap("nodeSelector", ClusterNames.LabelName, ClusterNames.LabelValue),
            SecurityContext = reader.Object("securityContext") is { } security ? Security(security) : WorkloadSecurity.Default,
        };
        reader.RefuseMore("nodeSelector", workload.NodeSelector.Count, MostSelectors);
        reader.RefuseUnknown();
        return workload;
    }

    /// <summary>A command or its arguments.</summary>
    internal static IReadOnlyList<string> Words(SpecReader reader, string name)
    {
        var words = reader.Texts(name);
        if (words.Sum(word => (long)word.Length) is var length and > LongestArgs)
        {
            reader.Error(name, "TooMany", $"The list has {length} characters. Write at most {LongestArgs}, or use a ConfigMap.");
        }

        reader.RefuseMore(name, words.Count, MostArgs);
        return words;
    }

    private static List<WorkloadPort> AdditionalPorts(SpecReader reader)
    {
        const string Field = "additionalPorts";
        var ports = reader.Objects(Field).Select(Port).ToList();
        reader.RefuseMore(Field, ports.Count, MostPorts);
        reader.RefuseDuplicates(Field, ports.ConvertAll(port => port.Port), "Two entries have the same port. Remove one.");
        reader.RefuseDuplicates(
            Field,
            [.. ports.Select(port => port.Name), WorkloadPort.FirstName],
            $"Two ports have the same name. Choose another name. '{WorkloadPort.FirstName}' is the port of the first backend."
        );
        return ports;
    }

    private static WorkloadPort Port(SpecReader reader)
    {
        var port = reader.Number("port", 1, 65535, required: true) ?? 0;
        var read = new WorkloadPort(
            reader.Text("name", check: PortName) ?? $"tcp-{port}",
            port,
            reader.Number("containerPort", 1, 65535) ?? port
        );
        reader.RefuseUnknown();
        return read;
    }

    private static List<EnvironmentVariable> Env(SpecReader reader)
    {
        const string Field = "env";
        var variables = reader.Objects(Field).Select(EnvironmentVariable).ToList();
        reader.RefuseMore(Field, variables.Count, MostVariables);
        reader.RefuseDuplicates(Field, variables.ConvertAll(variable => variable.Name), "Two variables have the same name. Remove one.");
        if (variables.Sum(variable => (long)(variable.Value?.Length ?? 0)) is var length and > LongestEnv)
        {
            reader.Error(Field, "TooMany", $"The values have {length} characters. Write at most {LongestEnv}, or use a ConfigMap.");
        }

        return variables;
    }

    private static EnvironmentVariable EnvironmentVariable(SpecReader reader)
    {
        var variable = new EnvironmentVariable(
            reader.Text("name", required: true, check: Variable) ?? "",
            reader.Text("value"),
            reader.Object("valueFrom") is { } source ? Source(source) : null
        );
        reader.RequireOne("value", "valueFrom");
        reader.RefuseUnknown();
        return variable;
    }

    private static ValueSource Source(SpecReader reader)
    {
        var source = new ValueSource(
            reader.Object("secretKeyRef") is { } secret ? Reference(secret) : null,
            reader.Object("configMapKeyRef") is { } map ? Reference(map) : null
        );
        reader.RequireOne("secretKeyRef", "configMapKeyRef");
        reader.RefuseUnknown();
        return source;
    }

    private static KeyReference Reference(SpecReader reader)
    {
        var reference = new KeyReference(
            reader.Text("name", required: true, check: ObjectName) ?? "",
            reader.Text("key", required: true, check: Key) ?? "",
            reader.Flag("optional") ?? false
        );
        reader.RefuseUnknown();
        return reference;
    }

    private static ResourceRequirements Resources(SpecReader reader)
    {
        var (requests, limits) = (ResourceAmounts.Read(reader, "requests"), ResourceAmounts.Read(reader, "limits"));
        foreach (var (name, request) in requests)
        {
            if (limits.TryGetValue(name, out var limit) && ResourceAmounts.Number(request) > ResourceAmounts.Number(limit))
            {
                reader.Error(
                    $"requests/{JsonPointer.Escape(name)}",
                    "InvalidCombination",
                    $"The request {request} exceeds the limit {limit}. Lower the request, or raise the limit."
                );
            }
        }

        reader.RefuseUnknown();
        return new ResourceRequirements(requests, limits);
    }

    private static List<SecretName> ImagePullSecrets(SpecReader reader)
    {
        const string Field = "imagePullSecrets";
        var secrets = reader
            .Objects(Field)
            .Select(secret =>
            {
                var name = new SecretName(secret.Text("name", required: true, check: ObjectName) ?? "");
                secret.RefuseUnknown();
                return name;
            })
            .ToList();
        reader.RefuseMore(Field, secrets.Count, MostSecrets);
        reader.RefuseDuplicates(Field, secrets, "Two entries name the same Secret. Remove one.");
        return secrets;
    }

    private static WorkloadSecurity Security(SpecReader reader)
    {
        var level = reader.Choice<PodSecurityLevel>("level") ?? PodSecurityLevel.Restricted;
        var user = reader.Number("runAsUser", 0, HighestUser);
        if (level == PodSecurityLevel.Restricted && user == 0)
        {
            reader.Error(
                "runAsUser",
                "InvalidCombination",
                "A restricted workload cannot run as root. Choose another user, or set level to baseline."
            );
        }

        var security = new WorkloadSecurity
        {
            Level = level,
            RunAsUser = user ?? (level == PodSecurityLevel.Restricted ? WorkloadSecurity.NonRootUser : null),
            RunAsGroup = reader.Number("runAsGroup", 0, HighestUser),
            FsGroup = reader.Number("fsGroup", 0, HighestUser),
            ReadOnlyRootFilesystem = reader.Flag("readOnlyRootFilesystem") ?? false,
        };
        reader.RefuseUnknown();
        return security;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._\-/:]{0,254}(@sha256:[a-f0-9]{64})?\z")]
    private static partial Regex ImageRule();

    [GeneratedRegex(@"^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex PortNameRule();

    [GeneratedRegex(@"^[A-Za-z_.\-][A-Za-z0-9_.\-]*\z")]
    private static partial Regex VariableRule();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9\-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]*[a-z0-9])?)*\z")]
    private static partial Regex ObjectNameRule();

    [GeneratedRegex(@"^[A-Za-z0-9._\-]+\z")]
    private static partial Regex KeyRule();
}
