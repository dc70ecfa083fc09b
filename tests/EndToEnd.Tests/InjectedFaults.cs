using MeshPort.Sandbox;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Faults of the simulated Azure.</summary>
internal static class InjectedFaults
{
    private static readonly FaultKind[] Kinds =
    [
        FaultKind.Throttle,
        FaultKind.Conflict,
        FaultKind.InternalError,
        FaultKind.Reset,
        FaultKind.Lost,
    ];

    /// <summary>
    /// Five rules for each layer; a rule applies only if no earlier rule matches. Conflicts affect only writes; the others together
    /// affect a fifth of the requests.
    /// </summary>
    private static readonly double EachOfFive = 1 - Math.Pow(0.8, 1.0 / (Kinds.Length - 1));

    /// <summary>Refuses requests of an operation with 403.</summary>
    /// <param name="count">How many of them; null means all.</param>
    public static void Refuse(this AzureSandbox azure, FaultLayer layer, string operation, string target = "*", int? count = null) =>
        azure.World.Faults.Add(
            new FaultRule
            {
                Layer = layer,
                Kind = FaultKind.Refused,
                Operation = operation,
                Target = target,
                Count = count,
            }
        );

    /// <summary>Lets operations of Azure Resource Manager take longer.</summary>
    /// <param name="count">How many of them; null means all.</param>
    public static void Hang(this AzureSandbox azure, string operation, TimeSpan duration, int? count = null) =>
        azure.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.OperationHangs,
                Operation = operation,
                Duration = duration.TotalSeconds,
                Count = count,
            }
        );

    /// <summary>
    /// A fifth of all requests to Azure Resource Manager and to the API servers fail: 429, 409, 500, a reset connection, or a lost answer
    /// after the server has done the work.
    /// </summary>
    public static void Add(AzureSandbox azure)
    {
        foreach (var (layer, kind) in from layer in new[] { FaultLayer.Arm, FaultLayer.Kubernetes } from kind in Kinds select (layer, kind))
        {
            azure.World.Faults.Add(
                new FaultRule
                {
                    Layer = layer,
                    Kind = kind,
                    Probability = EachOfFive,
                }
            );
        }
    }
}
