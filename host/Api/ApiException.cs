namespace MeshPort.Host.Api;

/// <summary>The MeshPort API rejected a request. The message is a sentence with the reason and the remedy.</summary>
internal sealed class ApiException(string message, int status = 0, IReadOnlyList<ProblemErrorView>? errors = null) : Exception(message)
{
    public int Status { get; } = status;

    public IReadOnlyList<ProblemErrorView> Errors { get; } = errors ?? [];

    public bool IsNotFound => Status == 404;

    /// <summary>Somebody has changed the resource since it was read.</summary>
    public bool IsOutdated => Status == 412;
}

/// <summary>The server does not answer, or it is not a MeshPort server. The message is a sentence with the remedy.</summary>
internal sealed class UnreachableException(string message) : Exception(message);
