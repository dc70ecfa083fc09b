using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>Tells in a conflict whether the exposure can take over the objects of others, pure (ADR 14).</summary>
internal static class Adoptability
{
    /// <summary>
    /// <code>
    /// adopt in the spec | still open | obstacle | added advice
    /// ------------------+------------+----------+--------------------------------------
    /// no                | -          | none     | set adopt
    /// no                | -          | some     | none: the conflict has its own remedy
    /// yes               | yes        | some     | the obstacle
    /// yes               | no         | any      | something has made the object since
    /// </code>
    /// </summary>
    /// <param name="isOpen">Whether the exposure may take over objects now.</param>
    /// <param name="obstacle">Why it cannot: the rest of a sentence; null when it can.</param>
    public static string Advise(ExposureSpec exposure, bool isOpen, string? obstacle) =>
        (exposure.Adopt, isOpen, obstacle) switch
        {
            (false, _, null) => " It means the same as this exposure: with adopt set to true, the exposure takes it over.",
            (false, _, _) => "",
            (true, true, _) => $" The exposure cannot adopt it: {obstacle}.",
            (true, false, _) =>
                " The exposure has adopted what was there before; this has appeared since. To adopt it, set adopt to false and "
                    + "then to true.",
        };

    public static Observation Advise(Observation conflict, NamedExposure exposure, bool isOpen, string? obstacle) =>
        conflict with
        {
            Message = conflict.Message + Advise(exposure.Spec, isOpen, obstacle),
        };
}
