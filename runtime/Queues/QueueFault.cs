namespace MeshPort.Runtime.Queues;

/// <summary>
/// An error with the status, code and message of Azure Queue Storage ("Queue service error codes", "Common REST API error codes").
/// </summary>
internal sealed class QueueFault(int status, string code, string message, params (string Name, string Value)[] details) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>Additional elements of the error document.</summary>
    public IReadOnlyList<(string Name, string Value)> Details { get; } = details;

    public static QueueFault QueueNotFound() => new(404, "QueueNotFound", "The specified queue does not exist.");

    public static QueueFault QueueAlreadyExists() => new(409, "QueueAlreadyExists", "The specified queue already exists.");

    public static QueueFault MessageNotFound() => new(404, "MessageNotFound", "The specified message does not exist.");

    public static QueueFault PopReceiptMismatch() =>
        new(400, "PopReceiptMismatch", "The specified pop receipt did not match the pop receipt for a dequeued message.");

    public static QueueFault InvalidResourceName() =>
        new(400, "InvalidResourceName", "The specifed resource name contains invalid characters."); // the service has this typo

    public static QueueFault NameLengthOutOfRange() =>
        new(400, "OutOfRangeInput", "The specified resource name length is not within the permissible limits.");

    public static QueueFault BodyTooLarge(int limit) =>
        new(
            413,
            "RequestBodyTooLarge",
            "The request body is too large and exceeds the maximum permissible limit.",
            ("MaxLimit", $"{limit}")
        );

    public static QueueFault InvalidXml(string reason) =>
        new(400, "InvalidXmlDocument", "XML specified is not syntactically valid.", ("Reason", reason));

    public static QueueFault MissingParameter(string name) =>
        new(
            400,
            "MissingRequiredQueryParameter",
            "A query parameter that's mandatory for this request is not specified.",
            ("QueryParameterName", name)
        );

    public static QueueFault InvalidParameter(string name, string value, string reason) =>
        new(
            400,
            "InvalidQueryParameterValue",
            "Value for one of the query parameters specified in the request URI is invalid.",
            ("QueryParameterName", name),
            ("QueryParameterValue", value),
            ("Reason", reason)
        );

    public static QueueFault ParameterOutOfRange(string name, string value, long minimum, long maximum) =>
        new(
            400,
            "OutOfRangeQueryParameterValue",
            "One of the query parameters specified in the request URI is outside the permissible range.",
            ("QueryParameterName", name),
            ("QueryParameterValue", value),
            ("MinimumAllowed", $"{minimum}"),
            ("MaximumAllowed", $"{maximum}")
        );

    public static QueueFault UnsupportedParameter(string name, string value) =>
        new(
            400,
            "UnsupportedQueryParameter",
            "One of the query parameters specified in the request URI is not supported.",
            ("QueryParameterName", name),
            ("QueryParameterValue", value)
        );

    public static QueueFault UnsupportedVerb() => new(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.");

    public static QueueFault InvalidUri() => new(400, "InvalidUri", "The requested URI does not represent any resource on the server.");

    public static QueueFault InvalidHeader(string name, string value) =>
        new(
            400,
            "InvalidHeaderValue",
            "The value for one of the HTTP headers is not in the correct format.",
            ("HeaderName", name),
            ("HeaderValue", value)
        );

    public static QueueFault InvalidMetadata() =>
        new(400, "InvalidMetadata", "The metadata specified is invalid. It has characters that are not permitted.");

    public static QueueFault EmptyMetadataKey() =>
        new(400, "EmptyMetadataKey", "The key for one of the metadata key-value pairs is empty.");

    public static QueueFault MetadataTooLarge() =>
        new(400, "MetadataTooLarge", "The metadata specified exceeds the maximum permissible limit.");

    public static QueueFault NoAuthentication() =>
        new(
            401,
            "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
        );

    public static QueueFault AuthenticationFailed(string detail) =>
        new(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. "
                + "Make sure the value of Authorization header is formed correctly including the signature.",
            ("AuthenticationErrorDetail", detail)
        );

    public static QueueFault Internal() => new(500, "InternalError", "The server encountered an internal error. Please retry the request.");
}
