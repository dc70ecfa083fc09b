namespace MeshPort.Sandbox.ResourceManager;

/// <summary>A refusal in Azure's format.</summary>
/// <param name="status">The HTTP status.</param>
internal sealed class ArmException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? Target { get; init; }

    public IReadOnlyList<(string Code, string Message)> Details { get; init; } = [];

    /// <summary>The resource provider refused, not Azure Resource Manager. <c>x-ms-failure-cause</c> tells which.</summary>
    public bool ByProvider { get; init; }

    /// <summary>Without the <c>error</c> envelope, as in many answers of AKS.</summary>
    public bool Flat { get; init; }

    /// <summary>Only sent in a flat refusal.</summary>
    public string Subcode { get; init; } = "";

    /// <summary>Seconds for the <c>Retry-After</c> header.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The value of <c>WWW-Authenticate</c>.</summary>
    public string? Challenge { get; init; }

    /// <summary>The value of <c>Allow</c>, sent with a 405.</summary>
    public string? Allow { get; init; }
}
