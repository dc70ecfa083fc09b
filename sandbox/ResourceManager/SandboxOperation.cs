namespace MeshPort.Sandbox.ResourceManager;

/// <summary>A long-running Azure operation, running or ended. Times are simulated.</summary>
/// <param name="Kind">
/// Resource type and verb, for example <c>managedClusters/create</c>, <c>virtualNetworks/write</c>, <c>features/register</c>.
/// </param>
/// <param name="Target">The ARM id of its target.</param>
/// <param name="Provider">The resource provider that runs it. Empty for Azure Resource Manager itself.</param>
/// <param name="Status"><c>InProgress</c>, <c>Canceling</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Canceled</c>.</param>
/// <param name="Due">When it ends, unless applying its effect takes longer.</param>
/// <param name="ErrorCode">Set when it failed or was cancelled.</param>
public sealed record SandboxOperation(
    string Id,
    string Kind,
    string Target,
    string Provider,
    string Location,
    string Status,
    DateTimeOffset Started,
    DateTimeOffset Due,
    DateTimeOffset? Ended = null,
    string? ErrorCode = null,
    string? ErrorMessage = null
);
