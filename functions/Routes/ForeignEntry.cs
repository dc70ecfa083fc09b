using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// A part of an object of others that an exposure takes over: a server of a Gateway, or a rule of a VirtualService or one match of it.
/// </summary>
/// <param name="Pointer">RFC 6901.</param>
/// <param name="Differences">The fields that MeshPort's object has differently.</param>
internal sealed record ForeignEntry(ObjectRef Target, JsonObject Found, string Pointer, IReadOnlyList<FieldDifference> Differences)
{
    /// <summary>Whether the object has come back, or was changed, since the exposure released it.</summary>
    public bool HasComeBack(NamedExposure exposure) =>
        AdoptionMarks.HasAny(exposure, $"{Target}|")
        && !AdoptionMarks.Has(exposure, Mark(isDeleted: true))
        && !AdoptionMarks.Has(exposure, Mark(isDeleted: false));

    /// <summary>The mark of its release. A patch leaves the object, so its version tells whether the patch was done.</summary>
    /// <param name="isDeleted">Whether the object is deleted as a whole.</param>
    public string Mark(bool isDeleted) => isDeleted ? $"{Target}|{Found.Uid()}" : $"{Target}|{Found.Uid()}|{Found.ResourceVersion()}";
}
