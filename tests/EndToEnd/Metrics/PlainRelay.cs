using System.Net;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Metrics;

/// <summary>Stands between Prometheus and the balancer and asks for the text format, which Prometheus itself cannot be
/// told to like better.</summary>
internal sealed class PlainRelay : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new();
    private readonly Uri _target;

    public PlainRelay(Uri balancer)
    {
        _target = new Uri(balancer, "/metrics");
        Port = FreePort.Next();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port { get; }

    public void Dispose()
    {
        _listener.Close();
        _http.Dispose();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                await AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception exception)
                when (exception is HttpListenerException or ObjectDisposedException or HttpRequestException)
            {
                // The test ends, or Prometheus does.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _target);
        request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers["Authorization"]);
        request.Headers.TryAddWithoutValidation("Accept", "text/plain;version=0.0.4");
        using var answer = await _http.SendAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await context.Response.OutputStream.WriteAsync(await answer.Content.ReadAsByteArrayAsync());
        context.Response.Close();
    }
}
