namespace MeshPort.Model;

/// <summary>The marks in a cluster's status for the strategies that may have open ports, pure.</summary>
internal static class StrategyMarks
{
    public static string Of(Strategy strategy) => $"ports|{strategy}";

    public static bool IsInUse(ResourceStatus status, Strategy strategy) => status.Made.Contains(Of(strategy));
}
