using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// Adapts ASP.NET Core's response to the worker's type. Status and body go to the response directly. Headers are copied when it starts.
/// </summary>
internal sealed class AspNetResponseData : HttpResponseData
{
    private readonly HttpResponse _response;

    public AspNetResponseData(HttpResponse response, FunctionContext context)
        : base(context)
    {
        _response = response;
        Cookies = new AspNetResponseCookies(response);
        response.OnStarting(() =>
        {
            foreach (var (name, values) in Headers)
            {
                response.Headers[name] = values.ToArray();
            }

            return Task.CompletedTask;
        });
    }

    public override HttpStatusCode StatusCode
    {
        get => (HttpStatusCode)_response.StatusCode;
        set => _response.StatusCode = (int)value;
    }

    public override HttpHeadersCollection Headers { get; set; } = new();

    public override Stream Body
    {
        get => _response.Body;
        set => _response.Body = value;
    }

    public override HttpCookies Cookies { get; }
}
