using static MeshPort.Sandbox.Kubernetes.Objects.Schema;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Schemas of the built-in kinds, as deep as this sandbox looks; deeper values are <see cref="Any"/>.</summary>
internal static class BuiltInSchemas
{
    public static readonly Schema Metadata = Struct(
        ("name", Text), ("generateName", Text), ("namespace", Text), ("uid", Text), ("resourceVersion", Text), ("generation", Long),
        ("creationTimestamp", Text), ("deletionTimestamp", Text), ("deletionGracePeriodSeconds", Long), ("selfLink", Text),
        ("labels", StringMap), ("annotations", StringMap), ("finalizers", SetOf(Text)), ("managedFields", Any),
        ("ownerReferences", ListMap(Any, "uid"))) with
    { GoName = "ObjectMeta" };

    private static readonly Schema Conditions = ListMap(Struct(
        ("type", Text), ("status", Text), ("reason", Text), ("message", Text), ("lastTransitionTime", Text), ("lastUpdateTime", Text),
        ("lastProbeTime", Text), ("lastHeartbeatTime", Text), ("observedGeneration", Integer)), "type");

    private static readonly Schema LabelSelector = Struct(("matchLabels", StringMap), ("matchExpressions", AtomicList(Any))) with { Atomic = true };

    private static readonly Schema ServicePort = Struct(
        ("name", Text), ("protocol", Text), ("port", Integer), ("targetPort", IntOrString), ("nodePort", Integer), ("appProtocol", Text)) with
    { GoName = "ServicePort" };

    private static readonly Schema ContainerPort = Struct(("name", Text), ("hostPort", Integer), ("containerPort", Integer), ("protocol", Text), ("hostIP", Text)) with { GoName = "ContainerPort" };

    private static readonly Schema Container = Struct(
        ("name", Text), ("image", Text), ("imagePullPolicy", Text), ("command", Strings), ("args", Strings), ("workingDir", Text),
        ("ports", ListMap(ContainerPort, "containerPort", "protocol") with { KeyDefaults = new Dictionary<string, string> { ["protocol"] = "TCP" } }),
        ("env", ListMap(Struct(("name", Text), ("value", Text), ("valueFrom", Any)), "name")), ("envFrom", AtomicList(Any)),
        ("resources", Struct(("limits", Map(IntOrString)), ("requests", Map(IntOrString)), ("claims", Any))), ("resizePolicy", Any), ("restartPolicy", Text),
        ("volumeMounts", ListMap(Struct(("name", Text), ("mountPath", Text), ("readOnly", Flag), ("subPath", Text), ("subPathExpr", Text), ("mountPropagation", Text), ("recursiveReadOnly", Text)), "mountPath")),
        ("volumeDevices", Any), ("livenessProbe", Any), ("readinessProbe", Any), ("startupProbe", Any), ("lifecycle", Any), ("securityContext", Any),
        ("terminationMessagePath", Text), ("terminationMessagePolicy", Text), ("stdin", Flag), ("stdinOnce", Flag), ("tty", Flag)) with
    { GoName = "Container" };

    private static readonly Schema PodSpec = Struct(
        ("containers", ListMap(Container, "name")), ("initContainers", ListMap(Container, "name")), ("ephemeralContainers", Any), ("volumes", ListMap(Any, "name")),
        ("restartPolicy", Text), ("terminationGracePeriodSeconds", Long), ("activeDeadlineSeconds", Long), ("dnsPolicy", Text), ("dnsConfig", Any),
        ("nodeSelector", StringMap with { Atomic = true }), ("nodeName", Text), ("serviceAccountName", Text), ("serviceAccount", Text), ("automountServiceAccountToken", Flag),
        ("securityContext", Any), ("imagePullSecrets", ListMap(Any, "name")), ("hostname", Text), ("subdomain", Text), ("affinity", Any), ("schedulerName", Text),
        ("tolerations", AtomicList(Any)), ("hostAliases", Any), ("priorityClassName", Text), ("priority", Integer), ("hostNetwork", Flag), ("hostPID", Flag), ("hostIPC", Flag),
        ("topologySpreadConstraints", Any), ("enableServiceLinks", Flag), ("preemptionPolicy", Text), ("overhead", Any), ("readinessGates", Any), ("runtimeClassName", Text), ("shareProcessNamespace", Flag), ("setHostnameAsFQDN", Flag), ("os", Any), ("hostUsers", Flag), ("schedulingGates", Any), ("resourceClaims", Any)) with
    { GoName = "PodSpec" };

    private static readonly Schema PodTemplate = Struct(("metadata", Metadata), ("spec", PodSpec)) with { GoName = "PodTemplateSpec" };

    public static readonly Schema Service = Object(
        Struct(
            ("ports", ListMap(ServicePort, "port", "protocol") with { PatchKey = "port", KeyDefaults = new Dictionary<string, string> { ["protocol"] = "TCP" } }),
            ("selector", StringMap with { Atomic = true }), ("type", Text), ("clusterIP", Text), ("clusterIPs", Strings), ("externalIPs", Strings), ("externalName", Text),
            ("externalTrafficPolicy", Text), ("internalTrafficPolicy", Text), ("sessionAffinity", Text), ("sessionAffinityConfig", Any), ("loadBalancerIP", Text),
            ("loadBalancerSourceRanges", Strings), ("loadBalancerClass", Text), ("allocateLoadBalancerNodePorts", Flag), ("healthCheckNodePort", Integer),
            ("publishNotReadyAddresses", Flag), ("ipFamilies", Strings), ("ipFamilyPolicy", Text), ("trafficDistribution", Text)),
        Struct(("loadBalancer", Struct(("ingress", AtomicList(Any)))), ("conditions", Conditions)));

    public static readonly Schema Deployment = Object(
        Struct(
            ("replicas", Integer), ("selector", LabelSelector), ("template", PodTemplate), ("strategy", Struct(("type", Text), ("rollingUpdate", Struct(("maxSurge", IntOrString), ("maxUnavailable", IntOrString))))),
            ("minReadySeconds", Integer), ("revisionHistoryLimit", Integer), ("paused", Flag), ("progressDeadlineSeconds", Integer)),
        Struct(("observedGeneration", Integer), ("replicas", Integer), ("updatedReplicas", Integer), ("readyReplicas", Integer), ("availableReplicas", Integer), ("unavailableReplicas", Integer), ("terminatingReplicas", Integer), ("collisionCount", Integer), ("conditions", Conditions)));

    public static readonly Schema ReplicaSet = Object(
        Struct(("replicas", Integer), ("selector", LabelSelector), ("template", PodTemplate), ("minReadySeconds", Integer)),
        Any);

    public static readonly Schema Pod = Object(PodSpec, Any);

    public static readonly Schema Scaler = Object(
        Struct(("minReplicas", Integer), ("maxReplicas", Integer), ("scaleTargetRef", Struct(("apiVersion", Text), ("kind", Text), ("name", Text)) with { Atomic = true }), ("metrics", AtomicList(Any)), ("behavior", Any)),
        Any);

    /// <summary>Of <c>autoscaling/v1</c>.</summary>
    public static readonly Schema FirstScaler = Object(
        Struct(("minReplicas", Integer), ("maxReplicas", Integer), ("scaleTargetRef", Struct(("apiVersion", Text), ("kind", Text), ("name", Text)) with { Atomic = true }), ("targetCPUUtilizationPercentage", Integer)),
        Any);

    public static readonly Schema Namespace = Object(Struct(("finalizers", Strings)), Struct(("phase", Text), ("conditions", Conditions)));

    public static readonly Schema Node = Object(
        Struct(("podCIDR", Text), ("podCIDRs", SetOf(Text)), ("providerID", Text), ("unschedulable", Flag), ("taints", AtomicList(Any))), Any);

    public static readonly Schema ConfigMap = Flat(("data", StringMap), ("binaryData", StringMap), ("immutable", Flag));

    public static readonly Schema Secret = Flat(("data", StringMap), ("stringData", StringMap), ("type", Text), ("immutable", Flag));

    public static readonly Schema ServiceAccount = Flat(("secrets", ListMap(Any, "name")), ("imagePullSecrets", AtomicList(Any)), ("automountServiceAccountToken", Flag));

    public static readonly Schema Endpoints = Flat(("subsets", AtomicList(Any)));

    public static readonly Schema EndpointSlice = Flat(("addressType", Text), ("endpoints", AtomicList(Any)), ("ports", AtomicList(Any)));

    public static readonly Schema Event = Flat(
        ("involvedObject", Any), ("reason", Text), ("message", Text), ("source", Any), ("firstTimestamp", Text), ("lastTimestamp", Text), ("count", Integer), ("type", Text),
        ("eventTime", Text), ("series", Any), ("action", Text), ("related", Any), ("reportingComponent", Text), ("reportingInstance", Text));

    /// <summary>Of <c>events.k8s.io/v1</c>.</summary>
    public static readonly Schema GroupEvent = Flat(
        ("regarding", Any), ("reason", Text), ("note", Text), ("deprecatedSource", Any), ("deprecatedFirstTimestamp", Text), ("deprecatedLastTimestamp", Text), ("deprecatedCount", Integer), ("type", Text),
        ("eventTime", Text), ("series", Any), ("action", Text), ("related", Any), ("reportingController", Text), ("reportingInstance", Text));

    public static readonly Schema DisruptionBudget = Object(
        Struct(("minAvailable", IntOrString), ("maxUnavailable", IntOrString), ("selector", LabelSelector), ("unhealthyPodEvictionPolicy", Text)), Any);

    public static readonly Schema ValidatingWebhook = Flat(("webhooks", ListMap(
        Struct(
            ("name", Text), ("clientConfig", Any), ("rules", AtomicList(Any)), ("failurePolicy", Text), ("matchPolicy", Text), ("namespaceSelector", LabelSelector), ("objectSelector", LabelSelector),
            ("sideEffects", Text), ("timeoutSeconds", Integer), ("admissionReviewVersions", Strings), ("matchConditions", ListMap(Struct(("name", Text), ("expression", Text)), "name"))), "name")));

    private static readonly Schema Rules = AtomicList(Struct(("apiGroups", Strings), ("nonResourceURLs", Strings), ("resourceNames", Strings), ("resources", Strings), ("verbs", Strings)) with { Required = ["verbs"], GoName = "PolicyRule" });

    public static readonly Schema Role = Flat(("rules", Rules));

    public static readonly Schema ClusterRole = Flat(("aggregationRule", Struct(("clusterRoleSelectors", AtomicList(LabelSelector)))), ("rules", Rules));

    public static readonly Schema RoleBinding = Flat(
        ("roleRef", Struct(("apiGroup", Text), ("kind", Text), ("name", Text)) with { Atomic = true, Required = ["apiGroup", "kind", "name"], GoName = "RoleRef" }),
        ("subjects", AtomicList(Struct(("apiGroup", Text), ("kind", Text), ("name", Text), ("namespace", Text)) with { Required = ["kind", "name"], GoName = "Subject" })));

    /// <summary>Of the subresource <c>serviceaccounts/token</c>.</summary>
    public static readonly Schema TokenRequest = Object(
        Struct(("audiences", Strings), ("expirationSeconds", Long), ("boundObjectRef", Struct(("kind", Text), ("apiVersion", Text), ("name", Text), ("uid", Text)) with { GoName = "BoundObjectReference" })), Any);

    public static readonly Schema CustomResourceDefinition = Object(Any, Any);

    /// <summary>A kind with spec and status.</summary>
    public static Schema Object(Schema spec, Schema status) => Flat(("spec", spec), ("status", status));

    private static Schema Flat(params ReadOnlySpan<(string Name, Schema Schema)> fields) =>
        Struct([("apiVersion", Text), ("kind", Text), ("metadata", Metadata), .. fields]);
}
