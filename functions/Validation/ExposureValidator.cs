using System.Text.Json;
using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Turns the JSON of an exposure's spec into an <see cref="ExposureSpec"/>, or reports all its errors.</summary>
internal static partial class ExposureValidator
{
    /// <summary>The highest port of TCP.</summary>
    public const int LastPort = 65535;
    private const string DefaultNamespace = "default";
    private const int MostHosts = 50;
    private const int MostSources = 100;
    private const int MostBackends = 100;

    /// <summary>The limit of Azure's load balancer (domain facts, section 6).</summary>
    private static readonly TimeSpan ShortestIdle = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(30);

    /// <summary>The characters of the longest name of an exposure.</summary>
    public const int LongestName = 40;

    /// <summary>The name of an exposure.</summary>
    public static readonly TextRule Name = TextRule.Of(
        LabelRule(),
        text => $"'{text}' is not an exposure name. Write 1 to 40 lower-case letters, digits and '-', a letter first and no '-' last.",
        longest: LongestName
    );
    private static readonly TextRule Label = TextRule.Of(
        LabelRule(),
        text => $"'{text}' is not a Kubernetes name. Write 1 to 63 lower-case letters, digits and '-', a letter first and no '-' last."
    );
    private static readonly TextRule Service = new(text => HostName.IsHost(text) ? HostName.Refusal(text) : Label.Problem(text))
    {
        Pattern = @"^[a-z0-9][a-z0-9.\-]*$",
        Longest = HostName.Longest,
    };
    private static readonly TextRule SniHost = new(text => HostName.SniRefusal(text.ToLowerInvariant()))
    {
        Pattern = @"^(\*\.)?[^\s*/:_]+$",
        Longest = HostName.Longest,
    };
    private static readonly TextRule AllowedSource = new(text =>
    {
        SourceRange.Normalize(text, out var problem);
        return problem;
    })
    {
        Pattern = @"^[0-9A-Fa-f:.\[\]]+(/[0-9]+)?$",
    };
    private static readonly TextRule Sent = TextRule.OfLength(0, 1024, "The text is too long. Write at most 1,024 characters.");
    private static readonly TextRule Expected = TextRule.OfLength(
        1,
        1024,
        "The text is empty or too long. Write 1 to 1,024 characters, or remove 'expect' to accept an open connection."
    );

    public static Validated<ExposureSpec> Validate(JsonElement spec) => Validate(spec, null);

    /// <param name="rules">Records the rules of all fields.</param>
    public static Validated<ExposureSpec> Validate(JsonElement spec, FieldRules? rules)
    {
        var errors = new List<FieldError>();
        if (SpecReader.Root(spec, errors, rules) is not { } reader)
        {
            return new Validated<ExposureSpec>(null, errors);
        }

        var (port, ports) = ExposurePorts.Read(reader);
        var exposure = new ExposureSpec
        {
            Gateway = reader.Choice<GatewayKind>("gateway") ?? GatewayKind.External,
            OnlyPort = port,
            Ports = ports,
            Protocol = reader.Choice<ExposureProtocol>("protocol") ?? ExposureProtocol.Tcp,
            SniHosts = SniHosts(reader),
            Tls = reader.Object("tls") is { } tls ? TlsValidator.Read(tls) : null,
            AllowedSources = AllowedSources(reader),
            IdleTimeout = IdleTimeout(reader),
            ClientAddress = reader.Choice<ClientAddress>("clientAddress"),
            ProxyProtocol = reader.Choice<ProxyProtocol>("proxyProtocol"),
            Workload = reader.Object("workload") is { } workload ? WorkloadValidator.Read(workload) : null,
            Backends = Backends(reader, port ?? ports?[0].First ?? 0),
            Adopt = reader.Flag("adopt") ?? false,
            Probe = reader.Object("probe") is { } probe ? Probe(probe) : new ProbeSpec(),
        };
        reader.RefuseUnknown();
        CheckTogether(exposure, reader);
        return new Validated<ExposureSpec>(errors.Count == 0 ? exposure : null, errors);
    }

    private static void CheckTogether(ExposureSpec exposure, SpecReader reader)
    {
        TlsValidator.CheckTogether(exposure, reader);
        ExposurePorts.CheckTogether(exposure, reader);

        if (exposure is { Adopt: true, AllowedSources.Count: > 0 } or { Adopt: true, ClientAddress: not null })
        {
            reader.Error(
                "adopt",
                "InvalidCombination",
                "Only what means the same can be adopted, and 'allowedSources' and 'clientAddress' change it. Adopt without them; "
                    + "when the exposure is Ready, remove 'adopt' and add them."
            );
        }

        if (exposure.ProxyProtocol is not null && exposure.ClientAddress is null)
        {
            reader.Error(
                "proxyProtocol",
                "InvalidCombination",
                "The gateway would tell the backends the address of a node, not of the client. Set clientAddress to preserve, too."
            );
        }

        if (exposure.Workload is not null && exposure.Backends is [{ IsHost: true }, ..])
        {
            reader.Error(
                "backends/0/service",
                "InvalidCombination",
                "The first backend is a host outside the cluster, but the workload takes its name from it. Name a Service."
            );
        }
    }

    private static IReadOnlyList<string> SniHosts(SpecReader reader)
    {
        var hosts = reader.Texts("sniHosts", SniHost).Select(host => host.ToLowerInvariant()).ToList();
        reader.RefuseMore("sniHosts", hosts.Count, MostHosts);
        return [.. hosts.Distinct().Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> AllowedSources(SpecReader reader)
    {
        var texts = reader.Texts("allowedSources", AllowedSource);
        reader.RefuseMore("allowedSources", texts.Count, MostSources);
        return [.. texts.Select(text => SourceRange.Normalize(text, out _)).Distinct().Order(StringComparer.Ordinal)];
    }

    private static TimeSpan? IdleTimeout(SpecReader reader)
    {
        var timeout = reader.Duration("idleTimeout", LongestIdle, "PT15M");
        if (timeout < ShortestIdle)
        {
            reader.Error("idleTimeout", "OutOfRange", "The timeout is too short for Azure's load balancer. Write PT4M to PT30M.");
        }

        return timeout;
    }

    /// <param name="port">The default of their ports.</param>
    private static IReadOnlyList<BackendSpec> Backends(SpecReader reader, int port)
    {
        var readers = reader.Objects("backends").ToList();
        reader.RefuseEmpty("backends", readers.Count, "The list has no backend. List at least one {service, port}.");
        reader.RefuseMore("backends", readers.Count, MostBackends);
        var share = readers.Count == 1 ? 100 : (int?)null;
        var backends = readers.ConvertAll(backend => Backend(backend, port, share));
        if (backends.Count > 1 && backends.Sum(backend => backend.Weight) != 100)
        {
            reader.Error(
                "backends",
                "InvalidCombination",
                $"The weights sum to {backends.Sum(backend => backend.Weight)}. Make the sum 100."
            );
        }

        return backends;
    }

    private static BackendSpec Backend(SpecReader reader, int defaultPort, int? onlyWeight)
    {
        var backend = new BackendSpec(
            reader.Text("service", required: true, check: Service) ?? "",
            reader.Text("namespace", check: Label) ?? DefaultNamespace,
            reader.Number("port", 1, LastPort) ?? defaultPort,
            reader.Number("weight", 0, 100, required: onlyWeight is null) ?? onlyWeight ?? 0
        );
        reader.RefuseUnknown();
        return backend;
    }

    private static ProbeSpec Probe(SpecReader reader)
    {
        var probe = new ProbeSpec
        {
            Send = reader.Text("send", check: Sent),
            Expect = reader.Text("expect", check: Expected),
            Timeout = reader.Duration("timeout", TimeSpan.FromMinutes(1), "PT5S") ?? ProbeSpec.DefaultTimeout,
            ClientCertificate = TlsValidator.Certificate(reader, "clientCertificate"),
            Ports = ExposurePorts.OfProbe(reader),
        };
        reader.RefuseUnknown();
        return probe;
    }

    [GeneratedRegex(@"^[a-z]([a-z0-9\-]{0,61}[a-z0-9])?\z")]
    private static partial Regex LabelRule();
}
