using static MeshPort.Sandbox.Kubernetes.Objects.Schema;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Schemas of networking.istio.io as published in istio/api (kubernetes/customresourcedefinitions): the TCP and TLS parts in full, HTTP as <see cref="Any"/>. All lists are atomic.</summary>
internal static class IstioSchemas
{
    private static readonly Schema Port = Integer with { Minimum = 0 };

    private static readonly Schema Server = Struct(
        ("port", Struct(("number", Port), ("name", Text), ("protocol", Text), ("targetPort", Port)) with { Required = ["number", "protocol", "name"] }),
        ("bind", Text), ("hosts", Strings), ("name", Text), ("defaultEndpoint", Text), ("tls", Any)) with
    { Required = ["port", "hosts"] };

    private static readonly Schema Destination = Struct(
        ("host", Text), ("subset", Text), ("port", Struct(("number", Port)))) with
    { Required = ["host"] };

    private static readonly Schema Routes = AtomicList(Struct(("destination", Destination), ("weight", Integer), ("headers", Any)) with { Required = ["destination"] });

    private static readonly Schema TcpRoute = Struct(
        ("match", AtomicList(Struct(("destinationSubnets", Strings), ("gateways", Strings), ("port", Port), ("sourceLabels", StringMap), ("sourceNamespace", Text), ("sourceSubnet", Text)))),
        ("route", Routes));

    private static readonly Schema TlsRoute = Struct(
        ("match", AtomicList(Struct(("destinationSubnets", Strings), ("gateways", Strings), ("port", Port), ("sniHosts", Strings), ("sourceLabels", StringMap), ("sourceNamespace", Text)) with { Required = ["sniHosts"] })),
        ("route", Routes)) with
    { Required = ["match"] };

    public static readonly Schema Gateway = BuiltInSchemas.Object(
        Struct(("selector", StringMap), ("servers", AtomicList(Server))), Any);

    public static readonly Schema VirtualService = BuiltInSchemas.Object(
        Struct(("exportTo", Strings), ("gateways", Strings), ("hosts", Strings), ("http", AtomicList(Any)), ("tcp", AtomicList(TcpRoute)), ("tls", AtomicList(TlsRoute))), Any);

    public static readonly Schema DestinationRule = BuiltInSchemas.Object(
        Struct(("exportTo", Strings), ("host", Text), ("subsets", AtomicList(Any)), ("trafficPolicy", Any), ("workloadSelector", Any)) with { Required = ["host"] }, Any);
}
