using MeshPort.Model;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Answers with errors: RFC 9457 problem details with a stable <c>type</c> (docs/problems.md).</summary>
internal static class Problem
{
    private const string TypePrefix = "https://github.com/meshport/meshport/blob/main/docs/problems.md#";

    public static IResult Invalid(IReadOnlyList<FieldError> errors) =>
        Of(StatusCodes.Status422UnprocessableEntity, "invalid-request", "The request is not valid", CountOf(errors), errors);

    public static string CountOf(IReadOnlyList<FieldError> errors) =>
        $"The request has {Counted.Of(errors.Count, "error")}. Nothing was changed.";

    public static IResult Malformed(string detail) =>
        Of(StatusCodes.Status400BadRequest, "malformed-json", "The body is not the expected JSON", detail);

    public static IResult TooLarge(long limit) =>
        Of(StatusCodes.Status413PayloadTooLarge, "body-too-large", "The body is too large", $"Send a body of at most {limit} bytes.");

    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, "not-found", "Resource not found", detail);

    public static IResult ClusterNotFound(ClusterId cluster) => NotFound($"Cluster {cluster.Name} does not exist in MeshPort.");

    public static IResult Unauthenticated(string detail) =>
        Of(StatusCodes.Status401Unauthorized, "unauthenticated", "Authentication required", detail);

    public static IResult Forbidden(string detail, IReadOnlyList<FieldError>? errors = null) =>
        Of(StatusCodes.Status403Forbidden, "forbidden", "Access denied", detail, errors);

    public static IResult TooManyRequests(string detail) =>
        Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "Too many requests", detail);

    public static IResult PreconditionFailed(string detail) =>
        Of(StatusCodes.Status412PreconditionFailed, "precondition-failed", "If-Match or If-None-Match does not hold", detail);

    public static IResult Taken(string pointer, string detail) =>
        Of(
            StatusCodes.Status409Conflict,
            "taken",
            "Another exposure holds the port or workload",
            detail,
            [new FieldError(pointer, "Taken", detail)]
        );

    /// <summary>409: the annotations of a Service ask for the exposure.</summary>
    public static IResult OwnedByService(string detail) =>
        Of(StatusCodes.Status409Conflict, "owned-by-service", "A Service owns the exposure", detail);

    /// <summary>409: the load balancer has no room for another port.</summary>
    public static IResult NoRoom(string pointer, string detail) =>
        Of(
            StatusCodes.Status409Conflict,
            "port-budget-exceeded",
            "The load balancer has no room for another port",
            detail,
            [new FieldError(pointer, "NoRoom", detail)]
        );

    /// <summary>409: the exposures of the cluster have Gateways in another namespace.</summary>
    public static IResult NamespaceInUse(string pointer, string detail) =>
        Of(
            StatusCodes.Status409Conflict,
            "namespace-in-use",
            "The exposures have Gateways in another namespace",
            detail,
            [new FieldError(pointer, "NamespaceInUse", detail)]
        );

    public static IResult BeingDeleted(string detail) =>
        Of(StatusCodes.Status409Conflict, "being-deleted", "The resource is being deleted", detail);

    /// <summary>503: a dry run cannot read the current state of Azure or the cluster.</summary>
    public static IResult NotObservable(string detail) =>
        Of(StatusCodes.Status503ServiceUnavailable, "not-observable", "Azure or the cluster cannot be read", detail);

    /// <summary>503: MeshPort lacks a service that every request needs.</summary>
    public static IResult NotReady(string detail) =>
        Of(StatusCodes.Status503ServiceUnavailable, "not-ready", "MeshPort is not ready", detail);

    /// <summary>503: the change may have been accepted before the failure.</summary>
    public static IResult StateUnavailable() =>
        Of(
            StatusCodes.Status503ServiceUnavailable,
            "state-unavailable",
            "The state store is unavailable",
            "MeshPort cannot read or write the state store or the task hub. Send the same request again: "
                + "an accepted change is not lost, and repeating its PUT changes nothing."
        );

    /// <summary>409: some exposures of a batch were refused, so MeshPort accepted none.</summary>
    public static IResult BatchRefused(IReadOnlyList<FieldError> errors) =>
        Of(
            StatusCodes.Status409Conflict,
            "batch-refused",
            "Some exposures of the batch were refused",
            $"The batch has {Counted.Of(errors.Count, "refused exposure")}, so nothing was changed. "
                + "Correct the batch, or send it with ?partial=true.",
            errors
        );

    private static IResult Of(int status, string type, string title, string detail, IReadOnlyList<FieldError>? errors = null) =>
        Results.Problem(
            detail,
            instance: null,
            status,
            title,
            TypePrefix + type,
            errors is null ? null : new Dictionary<string, object?> { ["errors"] = errors }
        );
}
