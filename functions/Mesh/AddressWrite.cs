using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>One change of the address of an add-on's Service, by its annotations.</summary>
/// <param name="Annotations">Empty to leave the address to AKS.</param>
/// <param name="IsForced">Whether the apply restores what others have edited.</param>
internal sealed record AddressWrite(
    GatewayKind Gateway,
    ObservedService Service,
    IReadOnlyDictionary<string, string> Annotations,
    bool IsForced
)
{
    public ObjectRef Target => new(ObjectKind.Service, Service.Namespace, Service.Name);

    public JsonObject Body => AddressAnnotations.Body(Target, Service.Uid, IsForced ? Service.Version : null, Annotations);

    /// <summary>Notes in the cluster's status whether MeshPort has annotations on the Service now.</summary>
    public ResourceStatus Note(ResourceStatus status) =>
        Annotations.Count > 0
            ? status.Making(Gateways.AddressAnnotations.Mark(Gateway))
            : status.Unmaking(Gateways.AddressAnnotations.Mark(Gateway));

    public PlannedChange DryRun =>
        PlannedChange.Update(
            Target.ToString(),
            Gateways.AddressAnnotations.Move,
            DesiredObjects.Labels(Service.AddressAnnotations),
            DesiredObjects.Labels(After)
        );

    /// <summary>The annotations of the Service about its address after the apply. Those of others stay.</summary>
    private Dictionary<string, string> After
    {
        get
        {
            var after = Service
                .AddressAnnotations.Where(annotation => !Service.Applied.Contains(annotation.Key))
                .ToDictionary(StringComparer.Ordinal);
            foreach (var (name, value) in Annotations)
            {
                after[name] = value;
            }

            return after;
        }
    }
}
