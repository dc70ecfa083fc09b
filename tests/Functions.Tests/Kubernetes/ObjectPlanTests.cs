using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.Workloads;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

public sealed class ObjectPlanTests
{
    private static readonly IReadOnlySet<string> Known = new HashSet<string> { "echo" };
    private static readonly GatewayService External = AddOn.Gateway(new ClusterSpec { Location = "eastus2" }, GatewayKind.External);
    private static readonly NamedExposure Echo = new(
        "echo",
        1,
        new ExposureSpec
        {
            Port = 9000,
            Backends = [new BackendSpec("tcpecho", "default", 9000, 100)],
            Workload = new WorkloadSpec("istio/tcp-echo-server:1.1", ["9000", "hello"], 9000, 1),
        }
    );

    [Fact]
    public void Missing_objects_are_created_in_order()
    {
        var desired = IstioRoutes.Of(Echo, External).ToList();

        var plan = ObjectPlan.Make(desired, new Dictionary<ObjectRef, JsonObject>(), Known);

        Assert.Equal(
            ["Create Gateway default/meshport-echo", "Create VirtualService default/meshport-echo"],
            plan.Select(change => $"{change.Action} {change.Target}")
        );
    }

    [Fact]
    public void An_object_with_all_desired_fields_is_left_alone_despite_added_defaults()
    {
        var desired = WorkloadObjects.Of(Echo).Concat(IstioRoutes.Of(Echo, External)).ToList();
        var observed = desired.ToDictionary(wanted => wanted.Target, Defaulted);

        Assert.Empty(ObjectPlan.Make(desired, observed, Known));
    }

    [Fact]
    public void A_difference_is_updated_under_the_uid_that_was_observed_and_says_what_differs()
    {
        var desired = IstioRoutes.Of(Echo, External).ToList();
        var observed = desired.ToDictionary(wanted => wanted.Target, Defaulted);
        var gateway = observed.Single(pair => pair.Key.Kind == ObjectKind.Gateway).Value;
        gateway["spec"]!["servers"]![0]!["port"]!["number"] = 9001; // DesiredObjects wrote it

        var change = Assert.Single(ObjectPlan.Make(desired, observed, Known));

        Assert.Equal(ChangeAction.Update, change.Action);
        Assert.Equal("spec.servers[0].port.number is 9001, not 9000.", change.Why);
        Assert.Equal("uid-1", change.Body?["metadata"]?["uid"]?.GetValue<string>());
    }

    [Fact]
    public void An_unneeded_object_is_deleted_last_and_only_under_its_observed_uid()
    {
        var orphan = new ObjectRef(ObjectKind.Gateway, "elsewhere", "meshport-echo");
        var observed = new Dictionary<ObjectRef, JsonObject> { [orphan] = Labelled("echo") };

        var plan = ObjectPlan.Make([.. IstioRoutes.Of(Echo, External)], observed, Known);

        Assert.Equal(ChangeAction.Delete, plan[^1].Action);
        Assert.Equal((orphan, "uid-9"), (plan[^1].Target, plan[^1].Uid));
        Assert.Null(plan[^1].Exposure);
    }

    [Fact]
    public void An_object_that_is_being_deleted_is_neither_written_nor_deleted_again()
    {
        var desired = IstioRoutes.Of(Echo, External).ToList();
        var observed = desired.ToDictionary(wanted => wanted.Target, Defaulted);
        observed[new ObjectRef(ObjectKind.Gateway, "elsewhere", "meshport-echo")] = Labelled("echo");
        foreach (var found in observed.Values)
        {
            (found["metadata"] as JsonObject)?["deletionTimestamp"] = "2026-01-01T00:00:00Z";
            found["spec"] = new JsonObject();
        }

        Assert.Empty(ObjectPlan.Make(desired, observed, Known));
    }

    [Fact]
    public void A_blocked_exposure_listens_where_its_spec_says_and_keeps_its_backends()
    {
        var observed = IstioRoutes.Of(Echo, External).ToDictionary(wanted => wanted.Target, Defaulted);
        var moved = Echo with { Spec = Echo.Spec with { Port = 9500, Backends = [new BackendSpec("nobody", "default", 7000, 100)] } };

        var changes = ObjectPlan
            .Make([.. IstioRoutes.Of(moved, External)], observed, Known)
            .Select(change => ObjectPlan.HeldUp(change, observed))
            .ToList();

        Assert.Equal(
            [9500, 9500],
            changes.Select(change =>
                (
                    change?.Body?["spec"]?["servers"]?[0]?["port"]?["number"] ?? change?.Body?["spec"]?["tcp"]?[0]?["match"]?[0]?["port"]
                )?.GetValue<int>()
            )
        );
        Assert.Equal(
            "tcpecho.default.svc.cluster.local",
            changes[1]?.Body?["spec"]?["tcp"]?[0]?["route"]?[0]?["destination"]?["host"]?.GetValue<string>()
        );
    }

    [Fact]
    public void A_blocked_exposure_with_only_a_new_backend_keeps_its_route()
    {
        var observed = IstioRoutes.Of(Echo, External).ToDictionary(wanted => wanted.Target, Defaulted);
        var other = Echo with { Spec = Echo.Spec with { Backends = [new BackendSpec("nobody", "default", 7000, 100)] } };

        Assert.All(
            ObjectPlan.Make([.. IstioRoutes.Of(other, External)], observed, Known),
            change => Assert.Null(ObjectPlan.HeldUp(change, observed))
        );
    }

    [Fact]
    public void Objects_of_exposures_that_are_not_known_here_stay()
    {
        var observed = new Dictionary<ObjectRef, JsonObject>
        {
            [new ObjectRef(ObjectKind.Gateway, "default", "meshport-other")] = Labelled("other"),
        };

        Assert.DoesNotContain(
            ObjectPlan.Make([.. IstioRoutes.Of(Echo, External)], observed, Known),
            change => change.Action == ChangeAction.Delete
        );
    }

    [Fact]
    public void A_list_with_one_item_too_many_differs() =>
        Assert.Equal("spec is [1,2], not [1].", ObjectPlan.Difference(new JsonArray(1), new JsonArray(1, 2), "spec"));

    [Fact]
    public void A_remaining_list_item_of_an_earlier_spec_differs_in_Istio_objects()
    {
        var gateway = External;
        var wanted = SourceAuthorization.Of(Echo with { Spec = Echo.Spec with { AllowedSources = ["10.0.0.0/8"] } }, gateway);
        var found = Defaulted(
            SourceAuthorization.Of(
                Echo with
                {
                    Spec = Echo.Spec with
                    {
                        AllowedSources = ["10.0.0.0/8"],
                        Protocol = ExposureProtocol.Tls,
                        SniHosts = ["db.example.com"],
                    },
                },
                gateway
            )
        );

        // The remaining item would let in clients without a host name.
        var change = Assert.Single(ObjectPlan.Make([wanted], new Dictionary<ObjectRef, JsonObject> { [wanted.Target] = found }, Known));

        Assert.StartsWith("spec.rules[0] is ", change.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_that_MeshPort_no_longer_desires_differs()
    {
        var wanted = WorkloadObjects
            .Of(Echo with { Spec = Echo.Spec with { Workload = new WorkloadSpec("istio/tcp-echo-server:1.1", [], 9000, 1) } })
            .First();
        var found = Managed(
            WorkloadObjects.Of(Echo).First(),
            """{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"tcpecho\"}":{".":{},"f:name":{},"f:args":{}}}}}}}"""
        );

        var change = Assert.Single(ObjectPlan.Make([wanted], new Dictionary<ObjectRef, JsonObject> { [wanted.Target] = found }, Known));

        Assert.Equal("/spec/template/spec/containers/0/args was set by meshport and is not desired.", change.Why);
        Assert.Null(change.UnmanagedFields); // the apply removes it
    }

    [Fact]
    public void Fields_of_others_are_removed_from_a_route_and_kept_in_a_workload()
    {
        var route = IstioRoutes.Of(Echo, External).Last();
        var found = Managed(route, """{"f:spec":{"f:exportTo":{}}}""", "kubectl-edit");
        found["spec"]!["exportTo"] = new JsonArray("."); // Managed wrote it
        var deployment = WorkloadObjects.Of(Echo).First();
        var labelled = Managed(deployment, """{"f:spec":{"f:paused":{}}}""", "kubectl-edit");
        labelled["spec"]!["paused"] = false; // Managed wrote it

        var change = Assert.Single(
            ObjectPlan.Make(
                [route, deployment],
                new Dictionary<ObjectRef, JsonObject> { [route.Target] = found, [deployment.Target] = labelled },
                Known
            )
        );

        Assert.Equal("/spec/exportTo was set by kubectl-edit and is not desired.", change.Why);
        Assert.Equal(
            """[{"op":"replace","path":"/metadata/resourceVersion","value":"7"},{"op":"remove","path":"/spec/exportTo"}]""",
            change.UnmanagedFields?.ToJsonPatch()
        );
    }

    [Fact]
    public void Items_of_others_and_order_in_a_merged_list_are_not_a_difference()
    {
        var workload = WorkloadObjects.Of(Echo).ToList();
        var observed = workload.ToDictionary(wanted => wanted.Target, Defaulted);
        var service = observed.Single(pair => pair.Key.Kind == ObjectKind.Service).Value["spec"]?["ports"] as JsonArray;
        var containers =
            observed.Single(pair => pair.Key.Kind == ObjectKind.Deployment).Value["spec"]?["template"]?["spec"]?["containers"] as JsonArray;
        service?.Insert(
            0,
            new JsonObject
            {
                ["name"] = "theirs",
                ["port"] = 1234,
                ["protocol"] = "TCP",
            }
        );
        containers?.Insert(0, new JsonObject { ["name"] = "theirs" });

        Assert.Empty(ObjectPlan.Make(workload, observed, Known));

        containers?.RemoveAt(1);
        Assert.StartsWith(
            "spec.template.spec.containers[tcpecho] is absent",
            Assert.Single(ObjectPlan.Make(workload, observed, Known)).Why,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Items_of_a_list_are_removed_from_its_end()
    {
        var desired = new JsonObject { ["spec"] = new JsonObject { ["ports"] = new JsonArray(Port(9000)) } };
        var found = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = "7",
                ["managedFields"] = new JsonArray(
                    new JsonObject
                    {
                        ["manager"] = "kubectl",
                        ["operation"] = "Update",
                        ["fieldsV1"] = JsonNode.Parse(
                            """{"f:spec":{"f:ports":{"k:{\"port\":7000}":{".":{}},"k:{\"port\":9000}":{"f:nodePort":"""
                                + """{}},"k:{\"port\":7001}":{".":{}}}}}"""
                        ),
                    }
                ),
            },
            ["spec"] = new JsonObject { ["ports"] = new JsonArray(Port(7000), Port(9000), Port(7001)) },
        };

        var leftovers = UnmanagedFields.Find(desired, found);

        Assert.Equal(["/spec/ports/2", "/spec/ports/0"], UnmanagedFields.Removal(found, leftovers)?.Pointers);

        static JsonObject Port(int number) => new() { ["port"] = number };
    }

    [Fact]
    public void Several_backends_are_weighted_and_one_is_not()
    {
        var shared = Echo with
        {
            Spec = Echo.Spec with { Backends = [new BackendSpec("a", "one", 1, 90), new BackendSpec("b", "two", 2, 10)] },
        };

        Assert.Null(Destinations(Echo)[0]?["weight"]);
        Assert.Equal("a.one.svc.cluster.local", Destinations(shared)[0]?["destination"]?["host"]?.GetValue<string>());
        Assert.Equal(10, Destinations(shared)[1]?["weight"]?.GetValue<int>());
    }

    [Fact]
    public void The_gateway_selects_the_add_ons_pods_of_its_kind()
    {
        var inside = Echo with { Spec = Echo.Spec with { Gateway = GatewayKind.Internal } };

        Assert.Equal("aks-istio-ingressgateway-external", Selector(Echo));
        Assert.Equal("aks-istio-ingressgateway-internal", Selector(inside));
    }

    private static JsonArray Destinations(NamedExposure exposure) =>
        Assert.IsType<JsonArray>(
            IstioRoutes
                .Of(exposure, AddOn.Gateway(new ClusterSpec { Location = "eastus2" }, exposure.Spec.Gateway))
                .Single(wanted => wanted.Target.Kind == ObjectKind.VirtualService)
                .Body["spec"]
                ?["tcp"]?[0]?["route"]
        );

    private static string? Selector(NamedExposure exposure) =>
        IstioRoutes
            .Of(exposure, AddOn.Gateway(new ClusterSpec { Location = "eastus2" }, exposure.Spec.Gateway))
            .Single(wanted => wanted.Target.Kind == ObjectKind.Gateway)
            .Body["spec"]
            ?["selector"]?["istio"]?.GetValue<string>();

    private static JsonObject Labelled(string exposure) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = "uid-9",
                ["labels"] = new JsonObject { [DesiredObjects.ExposureLabel] = exposure },
            },
            ["spec"] = new JsonObject(),
        };

    private static JsonObject Managed(DesiredObject wanted, string fields, string manager = "meshport")
    {
        var found = Defaulted(wanted);
        found["metadata"]!["resourceVersion"] = "7"; // every body has metadata
        found["metadata"]!["managedFields"] = new JsonArray(
            new JsonObject
            {
                ["manager"] = manager,
                ["operation"] = manager == "meshport" ? "Apply" : "Update",
                ["fieldsV1"] = JsonNode.Parse(fields),
            }
        );
        return found;
    }

    private static JsonObject Defaulted(DesiredObject wanted)
    {
        var found = (JsonObject)wanted.Body.DeepClone();
        found["metadata"]!["uid"] = "uid-1"; // every body has metadata and spec
        found["spec"]!["filledIn"] = "by the API server";
        found["status"] = new JsonObject();
        return found;
    }
}
