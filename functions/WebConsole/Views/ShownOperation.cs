using MeshPort.State;

namespace MeshPort.WebConsole.Views;

/// <summary>The operation that the page of a cluster shows. Pure.</summary>
/// <param name="Waiting">The later requests that no convergence serves yet.</param>
internal readonly record struct ShownOperation(ServedOperation Operation, int Waiting)
{
    /// <summary>
    /// The newest operation with a convergence, since only that has steps: a convergence that makes a cluster takes up requests for
    /// exposures late. Without one, the newest operation.
    /// </summary>
    /// <param name="operations">Newest first.</param>
    public static ShownOperation? Of(IReadOnlyList<ServedOperation> operations)
    {
        if (operations.Count == 0)
        {
            return null;
        }

        var shown = operations.Index().Where(one => one.Item.Instance is not null).Select(one => one.Index).FirstOrDefault();
        return new ShownOperation(operations[shown], operations.Take(shown).Count(one => !one.Operation.IsOver));
    }
}
