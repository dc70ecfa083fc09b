using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>Adapts ASP.NET Core's request to the worker's type. Headers and cookies are copied at first access.</summary>
internal sealed class AspNetRequestData(HttpRequest request, FunctionContext context) : HttpRequestData(context), IHttpRequestDataFeature
{
    private readonly Lazy<HttpHeadersCollection> _headers = new(() =>
        new HttpHeadersCollection(request.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.OfType<string>())))
    );

    private readonly Lazy<IReadOnlyCollection<IHttpCookie>> _cookies = new(() =>
        [.. request.Cookies.Select(cookie => new HttpCookie(cookie.Key, cookie.Value))]
    );
    private readonly Lazy<Uri> _url = new(() => new Uri(request.GetEncodedUrl()));

    public override Stream Body => request.Body;

    public override HttpHeadersCollection Headers => _headers.Value;

    public override IReadOnlyCollection<IHttpCookie> Cookies => _cookies.Value;

    public override Uri Url => _url.Value;

    public override IEnumerable<ClaimsIdentity> Identities => request.HttpContext.User.Identities;

    public override string Method => request.Method;

    public override HttpResponseData CreateResponse() => new AspNetResponseData(request.HttpContext.Response, FunctionContext);

    ValueTask<HttpRequestData?> IHttpRequestDataFeature.GetHttpRequestDataAsync(FunctionContext context) =>
        ValueTask.FromResult<HttpRequestData?>(this);
}
