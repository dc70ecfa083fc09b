using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Proof;
using MeshPort.Routes;
using MeshPort.Validation;
using MeshPort.Workloads;
using Xunit;

namespace MeshPort.Functions.Tests.Plans;

/// <summary>
/// One case of a plan for exposures: a folder with <c>case.json</c> and the expected <c>plan.json</c>. The case has the cluster's spec
/// (<c>cluster</c>), the wanted exposures (<c>exposures</c>), the exposures whose objects exist as desired (<c>made</c>), and other objects
/// (<c>objects</c>), which change those of <c>made</c> where they have the same name. The addresses (<c>addresses</c>) and the conditions
/// (<c>conditions</c>) come from earlier passes, and <c>changed</c> names the exposures whose spec has changed since. The marks in their
/// status come from <c>adopted</c>, and from <c>proven</c> with the address of an earlier proof. <c>chosen</c> has the addresses of the
/// spec that gateways can have. <c>secretsProvider</c> is the add-on that reads key vaults, with a <c>problem</c> or with its ids.
/// With <c>gateways</c> Namespaced, the identity may list Gateways in single namespaces only.
/// <c>secrets</c> has the Secrets of certificates by namespace and name, as they are at the time <c>now</c>. MESHPORT_RECORD_PLANS writes a
/// missing <c>plan.json</c>.
/// </summary>
internal sealed class ExposurePlanCase
{
    /// <summary>The generation that earlier passes observed.</summary>
    private const long Generation = 1;

    private static readonly ObjectKind[] Kinds =
    [
        ObjectKind.Deployment,
        ObjectKind.Service,
        ObjectKind.SecretProviderClass,
        ObjectKind.ListenerGateway,
        ObjectKind.ConfigMap,
        ObjectKind.EnvoyFilter,
        ObjectKind.EndpointSlice,
        .. RouteObjects.Family,
    ];

    private readonly string _directory;
    private readonly JsonObject _case;

    private ExposurePlanCase(string directory)
    {
        _directory = directory;
        var text = PlanCase.WithLongIds(File.ReadAllText(Path.Combine(directory, "case.json")));
        _case = Assert.IsType<JsonObject>(JsonNode.Parse(text));
        Spec = PlanFolder.Valid(ClusterValidator.Validate(Element("cluster")));
        Wanted =
        [
            .. Object("exposures")
                .Select(exposure => new NamedExposure(
                    exposure.Key,
                    Texts("changed").Contains(exposure.Key) ? Generation + 1 : Generation,
                    PlanFolder.Valid(ExposureValidator.Validate(JsonElement.Parse(exposure.Value!.ToJsonString())))
                ))
                .Select(exposure => Proven((exposure with { Status = StatusOf(exposure) }).At(AddressesOf(exposure)))),
        ];
        Objects = Read();
    }

    public ClusterSpec Spec { get; }

    public IReadOnlyList<NamedExposure> Wanted { get; }

    public ClusterObjects Objects { get; }

    /// <summary>Whether the plan removes the exposures in <c>deleting</c>, and does nothing for the wanted ones.</summary>
    public bool IsRemoval => _case["removal"]?.GetValue<bool>() == true;

    /// <summary>The exposures from which the plan may delete objects.</summary>
    public IReadOnlySet<string> Known =>
        Wanted.Where(_ => !IsRemoval).Select(exposure => exposure.Name).Concat(Texts("deleting")).ToHashSet();

    public IReadOnlySet<string> Blocked => Texts("blocked").ToHashSet();

    /// <summary>The marks in the cluster's status.</summary>
    public ResourceStatus Status => new() { Made = [.. Texts("marks")] };

    public static ExposurePlanCase Read(string plan, string name) => new(PlanFolder.Of(plan, name));

    /// <param name="hints">By exposure, what may explain a failed probe; null or empty without any.</param>
    /// <param name="releases">The objects of others that are released now; null or empty without any.</param>
    public void Expect(
        IEnumerable<Change> changes,
        IReadOnlyDictionary<string, StepResult> results,
        IReadOnlyDictionary<string, string>? hints = null,
        IReadOnlyCollection<RouteRelease>? releases = null
    )
    {
        var plan = new JsonObject
        {
            ["changes"] = new JsonArray([.. changes.Select(change => JsonValue.Create($"{change.Action} {change.Target}: {change.Why}"))]),
            ["results"] = PlanText.Of(results),
        };
        if (hints is { Count: > 0 })
        {
            plan["hints"] = PlanText.ByName(hints, hint => hint);
        }

        if (releases is { Count: > 0 })
        {
            plan["releases"] = new JsonArray([
                .. releases.Select(release => JsonValue.Create($"{release.Change.Action} {release.Change.Target}: {release.Change.Why}")),
            ]);
        }

        Expect(plan);
    }

    /// <param name="edit">Gives parts of the plan shorter names.</param>
    public void Expect(JsonObject plan, Func<string, string>? edit = null)
    {
        var text = PlanCase.WithShortIds(plan.ToJsonString(PlanFolder.Indented));
        PlanFolder.Expect(_directory, edit is null ? text : edit(text));
    }

    /// <summary>Other input of the plan, by name; empty when the case does not have it.</summary>
    public JsonObject Object(string name) => _case[name] as JsonObject ?? [];

    /// <summary>Other input of the plan, by name; null when the case does not have it.</summary>
    public JsonArray? Array(string name) => _case[name] as JsonArray;

    public int Number(string name) => _case[name]?.GetValue<int>() ?? 0;

    public string Text(string name) => $"{_case[name]}";

    /// <inheritdoc cref="Object"/>
    public IReadOnlyList<string> Texts(string name) => [.. (Array(name) ?? []).Select(text => $"{text}")];

    /// <summary>An observation, such as <c>False, PortTaken: The port belongs to others.</c></summary>
    public static Observation ObservationOf(string text)
    {
        var (status, reason) = (text.Split(", ", 2)[0], text.Split(", ", 2)[1]);
        return new Observation(
            Enum.Parse<ConditionStatus>(status),
            reason.Split(": ", 2)[0],
            reason.Split(": ", 2).ElementAtOrDefault(1) ?? ""
        );
    }

    /// <summary>An address of the exposure, or a list of them.</summary>
    private IReadOnlyList<GatewayAddress> AddressesOf(NamedExposure exposure) =>
        Object("addresses")[exposure.Name] switch
        {
            null => [],
            JsonArray all => [.. all.Select(ip => new GatewayAddress(exposure.Spec.Gateway, $"{ip}"))],
            var only => [new GatewayAddress(exposure.Spec.Gateway, $"{only}")],
        };

    private ResourceStatus StatusOf(NamedExposure exposure) =>
        (Object("adopted")[exposure.Name] as JsonArray ?? []).Aggregate(
            ConditionsOf(exposure),
            (status, what) => AdoptionMarks.Add(status, exposure, $"{what}")
        );

    private NamedExposure Proven(NamedExposure exposure) =>
        Object("proven")[exposure.Name] is { } address
            ? exposure with
            {
                Status = ProofMarks.Add(exposure.Status, (exposure with { Generation = Generation }).At($"{address}")),
            }
            : exposure;

    private ResourceStatus ConditionsOf(NamedExposure exposure) =>
        (Object("conditions")[exposure.Name] as JsonObject ?? []).Aggregate(
            new ResourceStatus(),
            (status, condition) => status.With(condition.Key, ObservationOf($"{condition.Value}"), Generation, DateTimeOffset.UnixEpoch)
        );

    private ClusterObjects Read()
    {
        var provider = Provider();
        var made = Wanted.Where(exposure => Texts("made").Contains(exposure.Name)).ToList();
        var found = WorkloadPlan
            .Desired(made, Spec, provider)
            .Concat(made.SelectMany(exposure => RouteObjects.Of([exposure], Spec)))
            .ToDictionary(one => one.Target, one => (JsonObject)one.Body.DeepClone());
        foreach (var one in (_case["objects"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var kind = Kinds.Single(kind => kind.Name == $"{one["kind"]}" && kind.ApiVersion == $"{one["apiVersion"]}");
            var target = new ObjectRef(kind, one.Namespace(), one.Name());
            found[target] = Merged(found.GetValueOrDefault(target) ?? [], one);
        }

        var ours = found.Where(one => DesiredObjects.IsOurs(one.Value)).ToDictionary();
        return new ClusterObjects
        {
            Services = found.Where(one => one.Key.Kind == ObjectKind.Service).ToDictionary(),
            Ours = ours,
            Others = found.Where(one => one.Key.Kind != ObjectKind.Service && !ours.ContainsKey(one.Key)).ToDictionary(),
            PodLabels = Object("podLabels")
                .ToDictionary(
                    pods => new ObjectRef(ObjectKind.Service, pods.Key.Split('/')[0], pods.Key.Split('/')[1]),
                    pods => (IReadOnlyList<JsonObject>)[.. (pods.Value as JsonArray ?? []).OfType<JsonObject>()]
                ),
            ControlPlanes = [.. found.Where(one => $"app={one.Value.Label("app")}" == AddOn.ControlPlaneSelector).Select(one => one.Value)],
            GatewayApi = Texts("gatewayApi").ToHashSet(),
            HasAllGateways = _case["gateways"]?.ToString() != "Namespaced",
            HasParameters = _case["parameters"]?.ToString() != "Forbidden",
            PodErrors = Object("podErrors")
                .ToDictionary(
                    error => new ObjectRef(ObjectKind.Deployment, error.Key.Split('/')[0], error.Key.Split('/')[1]),
                    error => $"{error.Value}"
                ),
            SecretsProvider = provider,
            Secrets = new TlsSecrets(
                TimeOf(_case["now"]) ?? default,
                Object("secrets")
                    .ToDictionary(secret => (secret.Key.Split('/')[0], secret.Key.Split('/')[1]), secret => Secret(secret.Value))
            ),
            LoadBalancerFailures = Object("loadBalancerFailures")
                .ToDictionary(
                    failure => new ObjectRef(ObjectKind.Service, failure.Key.Split('/')[0], failure.Key.Split('/')[1]),
                    failure => $"{failure.Value}"
                ),
        };
    }

    private SecretsProvider? Provider() =>
        _case["secretsProvider"] is not JsonObject provider ? null
        : provider["problem"] is { } problem ? new SecretsProvider(ObservationOf($"{problem}"))
        : new SecretsProvider(null, $"{provider["clientId"]}", $"{provider["objectId"]}", provider["tenantId"]?.ToString())
        {
            HasRotation = provider["rotation"]?.GetValue<bool>() ?? true,
        };

    private static TlsSecret Secret(JsonNode? secret) =>
        new(Enum.Parse<SecretAccess>($"{secret?["access"] ?? "Read"}"))
        {
            Problem = secret?["problem"]?.ToString(),
            AuthorityProblem = secret?["authorityProblem"]?.ToString(),
            AuthorityNotAfter = TimeOf(secret?["authorityNotAfter"]),
            Certificate = secret?["names"] is JsonArray names
                ? new PublicCertificate(
                    [.. names.Select(name => $"{name}")],
                    TimeOf(secret["notBefore"]) ?? DateTimeOffset.MinValue,
                    TimeOf(secret["notAfter"]) ?? DateTimeOffset.MaxValue,
                    default
                )
                {
                    HasAddresses = secret["hasAddresses"]?.GetValue<bool>() == true,
                }
                : null,
        };

    private static DateTimeOffset? TimeOf(JsonNode? time) =>
        time is null ? null : DateTimeOffset.Parse($"{time}", CultureInfo.InvariantCulture);

    private static JsonObject Merged(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            into[name] = value is JsonObject child && into[name] is JsonObject known ? Merged(known, child) : value?.DeepClone();
        }

        return into;
    }

    private JsonElement Element(string name) => JsonElement.Parse(_case[name]?.ToJsonString() ?? """{"location":"eastus2"}""");
}
