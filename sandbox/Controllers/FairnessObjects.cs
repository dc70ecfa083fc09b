using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// The flow schemas and priority levels that every API server has (kubernetes/kubernetes, pkg/apis/flowcontrol/bootstrap). The sandbox does
/// not queue requests by them.
/// </summary>
internal static class FairnessObjects
{
    private const string Leader = "leader-election";
    private const string High = "workload-high";
    private const string ByUser = "ByUser";
    private const string ByNamespace = "ByNamespace";
    private const string CatchAll = "catch-all";
    private const string Exempt = "exempt";
    private const string NodeGroup = "group/system:nodes";
    private const string Manager = "user/system:kube-controller-manager";
    private const string Scheduler = "user/system:kube-scheduler";
    private const string SystemAccounts = "account/*";
    private static readonly string[] Everyone = ["group/system:unauthenticated", "group/system:authenticated"];
    private static readonly JsonObject[] Everything =
    [
        Rule("*", "*", "*", "*", true),
        new() { ["verbs"] = List("*"), ["nonResourceURLs"] = List("*") },
    ];

    public static readonly IReadOnlyList<(ResourceType Type, JsonObject Body)> All =
    [
        .. new[]
        {
            ExemptLevel(),
            Level(CatchAll, 5, 0, null),
            Level("global-default", 20, 50, (128, 6)),
            Level(Leader, 10, 0, (16, 4)),
            Level("node-high", 40, 25, (64, 6)),
            Level("system", 30, 33, (64, 6)),
            Level(High, 40, 50, (128, 6)),
            Level("workload-low", 100, 90, (128, 6)),
        }.Select(body => (ResourceCatalog.PriorityLevel, body)),
        .. new[]
        {
            Schema(CatchAll, CatchAll, 10000, ByUser, Everyone, Everything),
            Schema(
                "endpoint-controller",
                High,
                150,
                ByUser,
                [Manager, "account/endpoint-controller", "account/endpointslicemirroring-controller"],
                [Rule("get,create,update", "", "endpoints", "*", false)]
            ),
            Schema(Exempt, Exempt, 1, null, ["group/system:masters"], Everything),
            Schema("global-default", "global-default", 9900, ByUser, Everyone, Everything),
            Schema("kube-controller-manager", High, 800, ByNamespace, [Manager], Everything),
            Schema("kube-scheduler", High, 800, ByNamespace, [Scheduler], Everything),
            Schema("kube-system-service-accounts", High, 900, ByNamespace, [SystemAccounts], Everything),
            Schema(
                "probes",
                Exempt,
                2,
                null,
                Everyone,
                [new JsonObject { ["verbs"] = List("get"), ["nonResourceURLs"] = List("/healthz,/readyz,/livez") }]
            ),
            Schema("service-accounts", "workload-low", 9000, ByUser, ["group/system:serviceaccounts"], Everything),
            Schema(
                "system-leader-election",
                Leader,
                100,
                ByUser,
                [Manager, Scheduler, SystemAccounts],
                [Rule("get,create,update", "coordination.k8s.io", "leases", SystemObjects.Home, false)]
            ),
            Schema(
                "system-node-high",
                "node-high",
                400,
                ByUser,
                [NodeGroup],
                [Rule("*", "", "nodes,nodes/status", "", true), Rule("*", "coordination.k8s.io", "leases", "*", false)]
            ),
            Schema("system-nodes", "system", 500, ByUser, [NodeGroup], Everything),
            Schema(
                "workload-leader-election",
                Leader,
                200,
                ByUser,
                [SystemAccounts],
                [
                    Rule("get,create,update", "", "endpoints,configmaps", "*", false),
                    Rule("get,create,update", "coordination.k8s.io", "leases", "*", false),
                ]
            ),
        }.Select(body => (ResourceCatalog.FlowSchema, body)),
    ];

    private static JsonObject ExemptLevel() =>
        Named(
            Exempt,
            new JsonObject
            {
                ["type"] = "Exempt",
                ["exempt"] = new JsonObject { ["nominalConcurrencyShares"] = 0, ["lendablePercent"] = 0 },
            }
        );

    /// <param name="queues">Their number and the size of a hand. Null to reject instead.</param>
    private static JsonObject Level(string name, int shares, int lendable, (int Count, int Hand)? queues) =>
        Named(
            name,
            new JsonObject
            {
                ["type"] = "Limited",
                ["limited"] = new JsonObject
                {
                    ["nominalConcurrencyShares"] = shares,
                    ["lendablePercent"] = lendable,
                    ["limitResponse"] = queues is { } queue
                        ? new JsonObject
                        {
                            ["type"] = "Queue",
                            ["queuing"] = new JsonObject
                            {
                                ["queues"] = queue.Count,
                                ["handSize"] = queue.Hand,
                                ["queueLengthLimit"] = 50,
                            },
                        }
                        : new JsonObject { ["type"] = "Reject" },
                },
            }
        );

    private static JsonObject Schema(
        string name,
        string level,
        int precedence,
        string? distinguisher,
        string[] subjects,
        JsonObject[] rules
    )
    {
        var resources = rules.Where(rule => rule.ContainsKey("resources")).Select(rule => rule.DeepClone()).ToArray();
        var paths = rules.Where(rule => rule.ContainsKey("nonResourceURLs")).Select(rule => rule.DeepClone()).ToArray();
        var rule = new JsonObject { ["subjects"] = new JsonArray([.. subjects.Select(Subject)]) };
        if (resources.Length > 0)
        {
            rule["resourceRules"] = new JsonArray(resources);
        }

        if (paths.Length > 0)
        {
            rule["nonResourceRules"] = new JsonArray(paths);
        }

        var spec = new JsonObject
        {
            ["priorityLevelConfiguration"] = new JsonObject { ["name"] = level },
            ["matchingPrecedence"] = precedence,
            ["rules"] = new JsonArray(rule),
        };
        if (distinguisher is not null)
        {
            spec["distinguisherMethod"] = new JsonObject { ["type"] = distinguisher };
        }

        return Named(name, spec);
    }

    /// <param name="text"><c>group/NAME</c>, <c>user/NAME</c> or <c>account/NAME</c> of <c>kube-system</c>.</param>
    private static JsonNode Subject(string text)
    {
        var (kind, name) = (text.Split('/')[0], text[(text.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        return kind switch
        {
            "group" => new JsonObject
            {
                ["kind"] = "Group",
                ["group"] = new JsonObject { ["name"] = name },
            },
            "user" => new JsonObject
            {
                ["kind"] = "User",
                ["user"] = new JsonObject { ["name"] = name },
            },
            _ => new JsonObject
            {
                ["kind"] = "ServiceAccount",
                ["serviceAccount"] = new JsonObject { ["namespace"] = SystemObjects.Home, ["name"] = name },
            },
        };
    }

    private static JsonObject Rule(string verbs, string groups, string resources, string namespaces, bool isOfCluster)
    {
        var rule = new JsonObject
        {
            ["verbs"] = List(verbs),
            ["apiGroups"] = List(groups),
            ["resources"] = List(resources),
        };
        if (isOfCluster)
        {
            rule["clusterScope"] = true;
        }

        if (namespaces.Length > 0)
        {
            rule["namespaces"] = List(namespaces);
        }

        return rule;
    }

    private static JsonArray List(string items) => new([.. items.Split(',').Select(item => (JsonNode)item)]);

    private static JsonObject Named(string name, JsonObject spec) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["annotations"] = new JsonObject { ["apf.kubernetes.io/autoupdate-spec"] = "true" },
            },
            ["spec"] = spec,
        };
}
