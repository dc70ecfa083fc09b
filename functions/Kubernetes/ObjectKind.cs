namespace MeshPort.Kubernetes;

/// <summary>The kinds of objects that MeshPort writes.</summary>
internal sealed record ObjectKind(string Group, string Version, string Plural, string Name)
{
    public static readonly ObjectKind Deployment = new("apps", "v1", "deployments", "Deployment");
    public static readonly ObjectKind Service = new("", "v1", "services", "Service");
    public static readonly ObjectKind Gateway = new("networking.istio.io", "v1", "gateways", "Gateway");
    public static readonly ObjectKind VirtualService = new("networking.istio.io", "v1", "virtualservices", "VirtualService");

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public static ObjectKind Of(string name) => new[] { Deployment, Service, Gateway, VirtualService }.Single(kind => kind.Name == name);
}

/// <summary>Names one object.</summary>
internal sealed record ObjectRef(ObjectKind Kind, string Namespace, string Name)
{
    public override string ToString() => $"{Kind.Name} {Namespace}/{Name}";
}
