using static MeshPort.Sandbox.Kubernetes.Objects.Schema;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// Schemas of the built-in kinds. This file declares merge keys and special cases; <see cref="MessageSchemas"/> has the rest.
/// </summary>
internal static class BuiltInSchemas
{
    public static readonly Schema Metadata = Struct(
        ("name", Text),
        ("generateName", Text),
        ("namespace", Text),
        ("uid", Text),
        ("resourceVersion", Text),
        ("generation", Long),
        ("creationTimestamp", Text),
        ("deletionTimestamp", Text),
        ("deletionGracePeriodSeconds", Long),
        ("selfLink", Text),
        ("labels", StringMap),
        ("annotations", StringMap),
        ("finalizers", SetOf(Text)),
        ("managedFields", Any),
        ("ownerReferences", ListMap(Deep("meta.v1.OwnerReference") with { Required = ["apiVersion", "kind", "name", "uid"] }, "uid"))
    ) with
    {
        GoName = "ObjectMeta",
    };

    private static readonly Schema Conditions = ListMap(
        Struct(
            ("type", Text),
            ("status", Text),
            ("reason", Text),
            ("message", Text),
            ("lastTransitionTime", Text),
            ("lastUpdateTime", Text),
            ("lastProbeTime", Text),
            ("lastHeartbeatTime", Text),
            ("observedGeneration", Integer)
        ),
        "type"
    );

    private static readonly Schema LabelSelector = Deep("meta.v1.LabelSelector");

    private static readonly Schema ServicePort = Struct(
        ("name", Text),
        ("protocol", Text),
        ("port", Integer),
        ("targetPort", IntOrString),
        ("nodePort", Integer),
        ("appProtocol", Text)
    ) with
    {
        GoName = "ServicePort",
        Required = ["port"],
    };

    private static readonly Schema ContainerPort = Struct(
        ("name", Text),
        ("hostPort", Integer),
        ("containerPort", Integer),
        ("protocol", Text),
        ("hostIP", Text)
    ) with
    {
        GoName = "ContainerPort",
        Required = ["containerPort"],
    };

    private static readonly Schema Probe = Deep("core.v1.Probe");

    private static readonly Schema Container = Struct(
        ("name", Text),
        ("image", Text),
        ("imagePullPolicy", Text),
        ("command", Strings),
        ("args", Strings),
        ("workingDir", Text),
        (
            "ports",
            ListMap(ContainerPort, "containerPort", "protocol") with
            {
                KeyDefaults = new Dictionary<string, string> { ["protocol"] = "TCP" },
            }
        ),
        (
            "env",
            ListMap(
                Struct(("name", Text), ("value", Text), ("valueFrom", Deep("core.v1.EnvVarSource"))) with
                {
                    GoName = "EnvVar",
                    Required = ["name"],
                },
                "name"
            )
        ),
        ("envFrom", AtomicList(Deep("core.v1.EnvFromSource"))),
        ("resources", Deep("core.v1.ResourceRequirements")),
        ("resizePolicy", AtomicList(Deep("core.v1.ContainerResizePolicy"))),
        ("restartPolicy", Text),
        ("restartPolicyRules", Any),
        (
            "volumeMounts",
            ListMap(
                Struct(
                    ("name", Text),
                    ("mountPath", Text),
                    ("readOnly", Flag),
                    ("subPath", Text),
                    ("subPathExpr", Text),
                    ("mountPropagation", Text),
                    ("recursiveReadOnly", Text)
                ) with
                {
                    GoName = "VolumeMount",
                    Required = ["mountPath", "name"],
                },
                "mountPath"
            )
        ),
        ("volumeDevices", ListMap(Deep("core.v1.VolumeDevice"), "devicePath")),
        ("livenessProbe", Probe),
        ("readinessProbe", Probe),
        ("startupProbe", Probe),
        ("lifecycle", Deep("core.v1.Lifecycle")),
        ("securityContext", Deep("core.v1.SecurityContext")),
        ("terminationMessagePath", Text),
        ("terminationMessagePolicy", Text),
        ("stdin", Flag),
        ("stdinOnce", Flag),
        ("tty", Flag)
    ) with
    {
        GoName = "Container",
        Required = ["name"],
    };

    private static readonly Schema PodSpec = Struct(
        ("containers", ListMap(Container, "name")),
        ("initContainers", ListMap(Container, "name")),
        ("ephemeralContainers", Any),
        ("volumes", ListMap(Deep("core.v1.Volume") with { Required = ["name"] }, "name")),
        ("restartPolicy", Text),
        ("terminationGracePeriodSeconds", Long),
        ("activeDeadlineSeconds", Long),
        ("dnsPolicy", Text),
        ("dnsConfig", Deep("core.v1.PodDNSConfig")),
        ("nodeSelector", StringMap with { Atomic = true }),
        ("nodeName", Text),
        ("serviceAccountName", Text),
        ("serviceAccount", Text),
        ("automountServiceAccountToken", Flag),
        ("securityContext", Deep("core.v1.PodSecurityContext")),
        ("imagePullSecrets", ListMap(Deep("core.v1.LocalObjectReference"), "name")),
        ("hostname", Text),
        ("hostnameOverride", Text),
        ("subdomain", Text),
        ("affinity", Deep("core.v1.Affinity")),
        ("schedulerName", Text),
        ("tolerations", AtomicList(Deep("core.v1.Toleration"))),
        ("hostAliases", ListMap(Deep("core.v1.HostAlias"), "ip")),
        ("priorityClassName", Text),
        ("priority", Integer),
        ("hostNetwork", Flag),
        ("hostPID", Flag),
        ("hostIPC", Flag),
        ("topologySpreadConstraints", ListMap(Deep("core.v1.TopologySpreadConstraint"), "topologyKey", "whenUnsatisfiable")),
        ("enableServiceLinks", Flag),
        ("preemptionPolicy", Text),
        ("overhead", Map(Quantity)),
        ("readinessGates", AtomicList(Deep("core.v1.PodReadinessGate"))),
        ("runtimeClassName", Text),
        ("shareProcessNamespace", Flag),
        ("setHostnameAsFQDN", Flag),
        ("os", Deep("core.v1.PodOS")),
        ("hostUsers", Flag),
        ("schedulingGates", ListMap(Deep("core.v1.PodSchedulingGate"), "name")),
        ("resourceClaims", ListMap(Deep("core.v1.PodResourceClaim"), "name")),
        ("resources", Deep("core.v1.ResourceRequirements"))
    ) with
    {
        GoName = "PodSpec",
        Required = ["containers"],
    };

    public static readonly Schema PodTemplate = Struct(("metadata", Metadata), ("spec", PodSpec)) with { GoName = "PodTemplateSpec" };

    public static readonly Schema Service = Object(
        Struct(
            (
                "ports",
                ListMap(ServicePort, "port", "protocol") with
                {
                    PatchKey = "port",
                    KeyDefaults = new Dictionary<string, string> { ["protocol"] = "TCP" },
                }
            ),
            ("selector", StringMap with { Atomic = true }),
            ("type", Text),
            ("clusterIP", Text),
            ("clusterIPs", Strings),
            ("externalIPs", Strings),
            ("externalName", Text),
            ("externalTrafficPolicy", Text),
            ("internalTrafficPolicy", Text),
            ("sessionAffinity", Text),
            ("sessionAffinityConfig", Deep("core.v1.SessionAffinityConfig")),
            ("loadBalancerIP", Text),
            ("loadBalancerSourceRanges", Strings),
            ("loadBalancerClass", Text),
            ("allocateLoadBalancerNodePorts", Flag),
            ("healthCheckNodePort", Integer),
            ("publishNotReadyAddresses", Flag),
            ("ipFamilies", Strings),
            ("ipFamilyPolicy", Text),
            ("trafficDistribution", Text)
        ),
        Struct(("loadBalancer", Deep("core.v1.LoadBalancerStatus")), ("conditions", Conditions))
    );

    public static readonly Schema Deployment = Object(
        Struct(
            ("replicas", Integer),
            ("selector", LabelSelector),
            ("template", PodTemplate),
            (
                "strategy",
                Struct(
                    ("type", Text),
                    (
                        "rollingUpdate",
                        Struct(("maxSurge", IntOrString), ("maxUnavailable", IntOrString)) with
                        {
                            GoName = "RollingUpdateDeployment",
                        }
                    )
                ) with
                {
                    GoName = "DeploymentStrategy",
                }
            ),
            ("minReadySeconds", Integer),
            ("revisionHistoryLimit", Integer),
            ("paused", Flag),
            ("progressDeadlineSeconds", Integer)
        ) with
        {
            Required = ["selector", "template"],
        },
        Struct(
            ("observedGeneration", Integer),
            ("replicas", Integer),
            ("updatedReplicas", Integer),
            ("readyReplicas", Integer),
            ("availableReplicas", Integer),
            ("unavailableReplicas", Integer),
            ("terminatingReplicas", Integer),
            ("collisionCount", Integer),
            ("conditions", Conditions)
        )
    );

    public static readonly Schema ReplicaSet = Object(
        Struct(("replicas", Integer), ("selector", LabelSelector), ("template", PodTemplate), ("minReadySeconds", Integer)) with
        {
            Required = ["selector"],
        },
        Deep("apps.v1.ReplicaSetStatus")
    );

    public static readonly Schema Pod = Object(PodSpec, Deep("core.v1.PodStatus"));

    private static readonly Schema ScaleTarget = Struct(("apiVersion", Text), ("kind", Text), ("name", Text)) with
    {
        Atomic = true,
        GoName = "CrossVersionObjectReference",
        Required = ["kind", "name"],
    };

    public static readonly Schema Scaler = Object(
        Struct(
            ("minReplicas", Integer),
            ("maxReplicas", Integer),
            ("scaleTargetRef", ScaleTarget),
            ("metrics", AtomicList(Deep("autoscaling.v2.MetricSpec"))),
            ("behavior", Deep("autoscaling.v2.HorizontalPodAutoscalerBehavior"))
        ) with
        {
            Required = ["scaleTargetRef", "maxReplicas"],
        },
        Deep("autoscaling.v2.HorizontalPodAutoscalerStatus")
    );

    /// <summary>Schema of <c>autoscaling/v1</c>.</summary>
    public static readonly Schema FirstScaler = Object(
        Struct(
            ("minReplicas", Integer),
            ("maxReplicas", Integer),
            ("scaleTargetRef", ScaleTarget),
            ("targetCPUUtilizationPercentage", Integer)
        ) with
        {
            Required = ["scaleTargetRef", "maxReplicas"],
        },
        Deep("autoscaling.v1.HorizontalPodAutoscalerStatus")
    );

    public static readonly Schema Namespace = Object(Struct(("finalizers", Strings)), Struct(("phase", Text), ("conditions", Conditions)));

    public static readonly Schema Node = Object(
        Struct(
            ("podCIDR", Text),
            ("podCIDRs", SetOf(Text)),
            ("providerID", Text),
            ("unschedulable", Flag),
            ("taints", AtomicList(Deep("core.v1.Taint")))
        ),
        Deep("core.v1.NodeStatus")
    );

    public static readonly Schema ConfigMap = Flat(("data", StringMap), ("binaryData", StringMap), ("immutable", Flag));

    public static readonly Schema Secret = Flat(("data", StringMap), ("stringData", StringMap), ("type", Text), ("immutable", Flag));

    public static readonly Schema ServiceAccount = Flat(
        ("secrets", ListMap(Deep("core.v1.ObjectReference"), "name")),
        ("imagePullSecrets", AtomicList(Deep("core.v1.LocalObjectReference"))),
        ("automountServiceAccountToken", Flag)
    );

    public static readonly Schema Endpoints = Flat(("subsets", AtomicList(Deep("core.v1.EndpointSubset"))));

    public static readonly Schema EndpointSlice = Flat(
        ("addressType", Text),
        ("endpoints", AtomicList(Deep("discovery.v1.Endpoint"))),
        ("ports", AtomicList(Deep("discovery.v1.EndpointPort")))
    );

    public static readonly Schema Event = Flat(
        ("involvedObject", Deep("core.v1.ObjectReference")),
        ("reason", Text),
        ("message", Text),
        ("source", Deep("core.v1.EventSource")),
        ("firstTimestamp", Text),
        ("lastTimestamp", Text),
        ("count", Integer),
        ("type", Text),
        ("eventTime", Text),
        ("series", Deep("core.v1.EventSeries")),
        ("action", Text),
        ("related", Deep("core.v1.ObjectReference")),
        ("reportingComponent", Text),
        ("reportingInstance", Text)
    );

    /// <summary>Schema of <c>events.k8s.io/v1</c>.</summary>
    public static readonly Schema GroupEvent = Flat(
        ("regarding", Deep("core.v1.ObjectReference")),
        ("reason", Text),
        ("note", Text),
        ("deprecatedSource", Deep("core.v1.EventSource")),
        ("deprecatedFirstTimestamp", Text),
        ("deprecatedLastTimestamp", Text),
        ("deprecatedCount", Integer),
        ("type", Text),
        ("eventTime", Text),
        ("series", Deep("core.v1.EventSeries")),
        ("action", Text),
        ("related", Deep("core.v1.ObjectReference")),
        ("reportingController", Text),
        ("reportingInstance", Text)
    );

    public static readonly Schema DisruptionBudget = Object(
        Struct(
            ("minAvailable", IntOrString),
            ("maxUnavailable", IntOrString),
            ("selector", LabelSelector),
            ("unhealthyPodEvictionPolicy", Text)
        ),
        Deep("policy.v1.PodDisruptionBudgetStatus")
    );

    private static readonly Schema Rules = AtomicList(
        Struct(
            ("apiGroups", Strings),
            ("nonResourceURLs", Strings),
            ("resourceNames", Strings),
            ("resources", Strings),
            ("verbs", Strings)
        ) with
        {
            Required = ["verbs"],
            GoName = "PolicyRule",
        }
    );

    public static readonly Schema Role = Flat(("rules", Rules));

    public static readonly Schema ClusterRole = Flat(
        ("aggregationRule", Struct(("clusterRoleSelectors", AtomicList(LabelSelector)))),
        ("rules", Rules)
    );

    public static readonly Schema RoleBinding = Flat(
        (
            "roleRef",
            Struct(("apiGroup", Text), ("kind", Text), ("name", Text)) with
            {
                Atomic = true,
                Required = ["apiGroup", "kind", "name"],
                GoName = "RoleRef",
            }
        ),
        (
            "subjects",
            AtomicList(
                Struct(("apiGroup", Text), ("kind", Text), ("name", Text), ("namespace", Text)) with
                {
                    Required = ["kind", "name"],
                    GoName = "Subject",
                }
            )
        )
    );

    /// <summary>Schema of the subresource <c>serviceaccounts/token</c>.</summary>
    public static readonly Schema TokenRequest = Object(
        Struct(
            ("audiences", Strings),
            ("expirationSeconds", Long),
            (
                "boundObjectRef",
                Struct(("kind", Text), ("apiVersion", Text), ("name", Text), ("uid", Text)) with
                {
                    GoName = "BoundObjectReference",
                }
            )
        ),
        Any
    );

    public static readonly Schema CustomResourceDefinition = Object(Any, Any);

    private static Schema Deep(string message) => MessageSchemas.Of(message);

    /// <summary>A kind with spec and status.</summary>
    public static Schema Object(Schema spec, Schema status) => Flat(("spec", spec), ("status", status));

    private static Schema Flat(params ReadOnlySpan<(string Name, Schema Schema)> fields) =>
        Struct([("apiVersion", Text), ("kind", Text), ("metadata", Metadata), .. fields]);
}
