using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.Validation;
using MeshPort.Workloads;

namespace MeshPort.Functions.Tests.Plans;

/// <summary>
/// One case of a plan for exposures: a folder with <c>case.json</c> and the expected <c>plan.json</c>. The case has the cluster's spec
/// (<c>cluster</c>), the wanted exposures (<c>exposures</c>), the exposures whose objects exist as desired (<c>made</c>), and other objects
/// (<c>objects</c>), which change those of <c>made</c> where they have the same name. MESHPORT_RECORD_PLANS writes a missing
/// <c>plan.json</c>.
/// </summary>
internal sealed class ExposurePlanCase
{
    private static readonly ObjectKind[] Kinds =
    [
        ObjectKind.Deployment,
        ObjectKind.Service,
        ObjectKind.ListenerGateway,
        .. RouteObjects.Family,
    ];
    private readonly string _directory;
    private readonly JsonObject _case;

    private ExposurePlanCase(string directory)
    {
        _directory = directory;
        _case = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "case.json")))!.AsObject(); // a case without its file fails
        Spec = PlanFolder.Valid(ClusterValidator.Validate(Element("cluster")));
        Wanted =
        [
            .. Object("exposures")
                .Select(exposure => new NamedExposure(
                    exposure.Key,
                    1,
                    PlanFolder.Valid(ExposureValidator.Validate(JsonElement.Parse(exposure.Value!.ToJsonString())))
                )),
        ];
        Objects = Read();
    }

    public ClusterSpec Spec { get; }

    public IReadOnlyList<NamedExposure> Wanted { get; }

    public ClusterObjects Objects { get; }

    /// <summary>The exposures from which the plan may delete objects.</summary>
    public IReadOnlySet<string> Known => Wanted.Select(exposure => exposure.Name).Concat(Texts("deleting")).ToHashSet();

    public IReadOnlySet<string> Blocked => Texts("blocked").ToHashSet();

    /// <summary>The marks in the cluster's status.</summary>
    public ResourceStatus Status => new() { Made = [.. Texts("marks")] };

    public static ExposurePlanCase Read(string plan, string name) => new(PlanFolder.Of(plan, name));

    public void Expect(IEnumerable<Change> changes, IReadOnlyDictionary<string, StepResult> results)
    {
        var plan = new JsonObject
        {
            ["changes"] = new JsonArray([.. changes.Select(change => JsonValue.Create($"{change.Action} {change.Target}: {change.Why}"))]),
            ["results"] = new JsonObject(
                results
                    .OrderBy(result => result.Key, StringComparer.Ordinal)
                    .Select(result => KeyValuePair.Create(result.Key, (JsonNode?)Text(result.Value)))
            ),
        };
        PlanFolder.Expect(_directory, plan.ToJsonString(PlanFolder.Indented));
    }

    private ClusterObjects Read()
    {
        var found = Wanted
            .Where(exposure => Texts("made").Contains(exposure.Name))
            .SelectMany(exposure => WorkloadObjects.Of(exposure).Concat(RouteObjects.Of([exposure], Spec)))
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
            OtherDestinationRules =
            [
                .. found.Where(one => one.Key.Kind == ObjectKind.DestinationRule && !ours.ContainsKey(one.Key)).Select(one => one.Value),
            ],
            ControlPlanes = [.. found.Where(one => $"app={one.Value.Label("app")}" == AddOn.ControlPlaneSelector).Select(one => one.Value)],
            GatewayApi = Texts("gatewayApi").ToHashSet(),
            PodErrors = Object("podErrors")
                .ToDictionary(
                    error => new ObjectRef(ObjectKind.Deployment, error.Key.Split('/')[0], error.Key.Split('/')[1]),
                    error => $"{error.Value}"
                ),
        };
    }

    private static string Text(StepResult result) =>
        $"{(result.Wait ? "wait" : result.Observation.Status)}, {result.Observation.Reason}: {result.Observation.Message}";

    private static JsonObject Merged(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            into[name] = value is JsonObject child && into[name] is JsonObject known ? Merged(known, child) : value?.DeepClone();
        }

        return into;
    }

    private JsonElement Element(string name) => JsonElement.Parse(_case[name]?.ToJsonString() ?? """{"location":"eastus2"}""");

    private JsonObject Object(string name) => _case[name] as JsonObject ?? [];

    private IReadOnlyList<string> Texts(string name) => [.. (_case[name] as JsonArray ?? []).Select(text => $"{text}")];
}
