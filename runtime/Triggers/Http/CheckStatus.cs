using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>The response to starting and restarting an instance: the URLs to watch and manage it (functions-api A6, A7).</summary>
internal sealed class CheckStatus(FunctionKey key)
{
    private const string RetryAfterSeconds = "10";

    /// <summary>Returns 202 with the instance's URLs.</summary>
    public IResult Accepted(HttpContext http, string id)
    {
        http.Response.Headers.Location = Url(http, id);
        http.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Results.Json(Payload(http, id), statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>Returns the status URL of an instance.</summary>
    public string Url(HttpContext http, string id, string action = "", string query = "")
    {
        var parameters = string.Join('&', new[] { query, key.Query }.Where(part => part.Length > 0));
        var instance = $"{http.Request.Scheme}://{http.Request.Host}{ManagementApi.Instances}/{Uri.EscapeDataString(id)}{action}";
        return parameters.Length > 0 ? $"{instance}?{parameters}" : instance;
    }

    private JsonObject Payload(HttpContext http, string id) =>
        new()
        {
            ["id"] = id,
            ["statusQueryGetUri"] = Url(http, id),
            ["sendEventPostUri"] = Url(http, id, "/raiseEvent/{eventName}"),
            ["terminatePostUri"] = Url(http, id, "/terminate", "reason={text}"),
            ["rewindPostUri"] = Url(http, id, "/rewind", "reason={text}"),
            ["purgeHistoryDeleteUri"] = Url(http, id),
            ["restartPostUri"] = Url(http, id, "/restart"),
            ["suspendPostUri"] = Url(http, id, "/suspend", "reason={text}"),
            ["resumePostUri"] = Url(http, id, "/resume", "reason={text}"),
        };
}
