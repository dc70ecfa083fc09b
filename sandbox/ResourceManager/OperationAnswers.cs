using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// The HTTP side of long-running operations: the headers that announce one and the URLs that report its progress (reference arm.md,
/// sections 5 and 9).
/// </summary>
internal sealed class OperationAnswers(ArmOperations operations)
{
    // Not the api-version of the request: Azure's poll URLs have their own.
    private const string PollApiVersion = "2025-03-01";

    // Simulated seconds, as in all of MeshPort's waiting.
    private const int ClusterRetryAfter = 15;
    private const int NetworkRetryAfter = 10;
    private const int GuidLength = 36;

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", "/subscriptions/{subscription}/providers/{provider}/locations/{location}/operations/{name}", Status);
        routes.Map("GET", "/subscriptions/{subscription}/providers/{provider}/locations/{location}/operationResults/{name}", Result);
        routes.Map("GET", "/subscriptions/{subscription}/operationresults/{name}", Result);
    }

    /// <summary>Announces an operation with <c>Azure-AsyncOperation</c>, a deletion also with <c>Location</c>.</summary>
    public static ArmAnswer Announce(ArmAnswer answer, ArmRequest request, SandboxOperation operation, bool withLocation = false)
    {
        var announced = (answer with { OperationId = operation.Id })
            .With("Azure-AsyncOperation", Url(request, operation, "operations"))
            .With("Retry-After", RetryAfter(operation));
        return withLocation ? announced.With("Location", Url(request, operation, "operationresults")) : announced;
    }

    /// <summary>The deletion of a resource group has only <c>Location</c>, which repeats the request's api-version.</summary>
    public static ArmAnswer AnnounceJob(ArmRequest request, SandboxOperation operation) =>
        new ArmAnswer(202) { OperationId = operation.Id }
            .With(
                "Location",
                $"{request.BaseUrl}/subscriptions/{request.Subscription}/operationresults/{JobId(operation)}?api-version="
                    + $"{request.Query("api-version")}&{ArmOperations.Signature(operation.Id)}"
            )
            .With("Retry-After", RetryAfter(operation));

    /// <summary>As Azure's, an encoded object that names the job. Its name ends in the operation's id.</summary>
    private static string JobId(SandboxOperation operation) =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                new JsonObject
                {
                    ["jobId"] =
                        $"RESOURCEGROUPDELETIONJOB-{operation.Target[(operation.Target.LastIndexOf('/') + 1)..].ToUpperInvariant()}-"
                        + operation.Id,
                    ["jobLocation"] = operation.Location,
                }.ToJsonString()
            )
        );

    private static string OperationId(string job) =>
        Base64Url.IsValid(job)
        && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(job)) is var text
        && text.StartsWith("{\"jobId\":\"", StringComparison.Ordinal)
        && text.Split('"')[3] is { Length: > GuidLength } name
            ? name[^GuidLength..]
            : job;

    private static string RetryAfter(SandboxOperation operation) =>
        (operation.Provider == ResourceTypes.Network ? NetworkRetryAfter : ClusterRetryAfter).ToString(CultureInfo.InvariantCulture);

    private static string Url(ArmRequest request, SandboxOperation operation, string kind) =>
        $"{request.BaseUrl}/subscriptions/{request.Subscription}/providers/{operation.Provider}/locations/{operation.Location}/{kind}/"
        + $"{operation.Id}?api-version={PollApiVersion}&{ArmOperations.Signature(operation.Id)}";

    private ArmAnswer Status(ArmRequest request)
    {
        var operation = Find(request);
        var body = new JsonObject
        {
            ["name"] = operation.Id,
            ["status"] = operation.Status,
            ["startTime"] = operation.Started.UtcDateTime,
        };
        if (operation.Ended is not { } ended)
        {
            return ArmAnswer.Ok(body).With("Retry-After", RetryAfter(operation));
        }

        body["endTime"] = ended.UtcDateTime;
        if (operation.ErrorCode is not null)
        {
            body["error"] = new JsonObject { ["code"] = operation.ErrorCode, ["message"] = operation.ErrorMessage };
        }

        return ArmAnswer.Ok(body);
    }

    /// <summary>An empty 202 while the operation runs, then the answer of the synchronous call.</summary>
    private ArmAnswer Result(ArmRequest request)
    {
        var operation = Find(request);
        return operation switch
        {
            { Ended: null, Provider: "" } => AnnounceJob(request, operation),
            { Ended: null } => new ArmAnswer(202)
                .With("Location", Url(request, operation, "operationresults"))
                .With("Retry-After", RetryAfter(operation)),
            { ErrorCode: { } code } => throw new ArmException(409, code, operation.ErrorMessage ?? code) { ByProvider = true },
            { Provider: "" } => new ArmAnswer(200),
            _ => new ArmAnswer(204),
        };
    }

    private SandboxOperation Find(ArmRequest request)
    {
        var operation =
            operations.Find(OperationId(request.Name))
            ?? throw new ArmException(404, "NotFound", $"The operation '{request.Name}' was not found.") { ByProvider = true };
        var asked = string.Join('&', new[] { "t", "c", "s", "h" }.Select(part => $"{part}={request.Query(part)}"));
        return asked == ArmOperations.Signature(operation.Id)
            ? operation
            : throw new ArmException(
                403,
                "AuthorizationFailed",
                "The signature of the operation's URL is missing or wrong. Poll the URL as it was given."
            );
    }
}
