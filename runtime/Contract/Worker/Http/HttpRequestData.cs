using System.Collections.Specialized;
using System.Security.Claims;
using System.Web;

namespace MeshPort.Runtime.Contract.Worker.Http;

/// <summary>The request, for functions that are not written against ASP.NET Core's own types.</summary>
public abstract class HttpRequestData
{
    private NameValueCollection? _query;

    public HttpRequestData(FunctionContext functionContext)
    {
        ArgumentNullException.ThrowIfNull(functionContext);
        FunctionContext = functionContext;
    }

    public abstract Stream Body { get; }

    public abstract HttpHeadersCollection Headers { get; }

    public abstract IReadOnlyCollection<IHttpCookie> Cookies { get; }

    public abstract Uri Url { get; }

    public abstract IEnumerable<ClaimsIdentity> Identities { get; }

    public abstract string Method { get; }

    public FunctionContext FunctionContext { get; }

    public virtual NameValueCollection Query => _query ??= HttpUtility.ParseQueryString(Url.Query);

    /// <summary>The answer to this request; status 200 until it is set.</summary>
    public abstract HttpResponseData CreateResponse();
}
