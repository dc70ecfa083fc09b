using MeshPort.Json;
using MeshPort.Model;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>The answers that are not success: RFC 9457 problem details with a stable <c>type</c>.</summary>
internal static class Problem
{
    private const string TypePrefix = "https://github.com/meshport/meshport/blob/main/docs/problems.md#";

    public static IResult Invalid(IReadOnlyList<FieldError> errors) =>
        Of(
            StatusCodes.Status422UnprocessableEntity,
            "invalid-request",
            "The request is not valid",
            $"{errors.Count} error(s); nothing was changed.",
            errors
        );

    public static IResult Malformed(string detail) =>
        Of(StatusCodes.Status400BadRequest, "malformed-json", "The body is not the JSON that was expected", detail);

    public static IResult TooLarge(long limit) =>
        Of(StatusCodes.Status413PayloadTooLarge, "body-too-large", "The body is too large", $"At most {limit} bytes are read.");

    public static IResult NotFound(string what) => Of(StatusCodes.Status404NotFound, "not-found", "There is no such resource", what);

    public static IResult Unauthenticated(string detail) =>
        Of(StatusCodes.Status401Unauthorized, "unauthenticated", "It is not known who calls", detail);

    public static IResult Forbidden(string detail, IReadOnlyList<FieldError>? errors = null) =>
        Of(StatusCodes.Status403Forbidden, "forbidden", "The caller may not do this", detail, errors);

    public static IResult TooManyRequests(string detail) =>
        Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "The caller asks too much", detail);

    public static IResult PreconditionFailed(string detail) =>
        Of(StatusCodes.Status412PreconditionFailed, "precondition-failed", "The resource is not in the state that was required", detail);

    public static IResult Taken(string pointer, string detail) =>
        Of(
            StatusCodes.Status409Conflict,
            "taken",
            "Another exposure holds what this one asks for",
            detail,
            [new FieldError(pointer, "Taken", detail)]
        );

    /// <summary>409: the load balancer has no room for another port.</summary>
    public static IResult NoRoom(string pointer, string detail) =>
        Of(
            StatusCodes.Status409Conflict,
            "port-budget-exceeded",
            "The load balancer has no room for another port",
            detail,
            [new FieldError(pointer, "NoRoom", detail)]
        );

    public static IResult BeingDeleted(string detail) =>
        Of(StatusCodes.Status409Conflict, "being-deleted", "The resource is being removed", detail);

    /// <summary>503: what a plan is made from cannot be looked at now.</summary>
    public static IResult NotObservable(string detail) =>
        Of(StatusCodes.Status503ServiceUnavailable, "not-observable", "What there is cannot be looked at", detail);

    /// <summary>503: something that every request needs cannot be reached.</summary>
    public static IResult NotReady(string detail) =>
        Of(StatusCodes.Status503ServiceUnavailable, "not-ready", "MeshPort cannot serve", detail);

    /// <summary>503: what is kept cannot be read or written. The change may have been accepted all the same, before the exception came.</summary>
    public static IResult StateUnavailable() =>
        Of(
            StatusCodes.Status503ServiceUnavailable,
            "state-unavailable",
            "MeshPort cannot reach what it keeps",
            "State or task hub cannot be read or written now; send the same request again. What was accepted before is not lost, and the same PUT changes nothing then."
        );

    /// <summary>A batch of which some were refused, so that none was accepted.</summary>
    public static IResult BatchRefused(IReadOnlyList<FieldError> errors) =>
        Of(
            StatusCodes.Status409Conflict,
            "batch-refused",
            "Some exposures of the batch cannot be accepted",
            $"{errors.Count} of them were refused, so nothing was changed; correct them, or send the batch with ?partial=true.",
            errors
        );

    private static IResult Of(int status, string type, string title, string detail, IReadOnlyList<FieldError>? errors = null) =>
        Results.Json(
            new ProblemBody(TypePrefix + type, title, status, detail, errors),
            MeshPortJson.Options,
            "application/problem+json",
            status
        );

    private sealed record ProblemBody(string Type, string Title, int Status, string Detail, IReadOnlyList<FieldError>? Errors);
}
