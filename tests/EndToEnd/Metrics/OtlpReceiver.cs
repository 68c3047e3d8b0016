using System.Collections.Concurrent;
using System.Net;
using System.Text;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Metrics;

/// <summary>Takes what is pushed by OTLP over HTTP, on a free port of 127.0.0.1.</summary>
internal sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, string> _seen = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Path, string Text, TestSignal Found)> _awaited = new();

    public OtlpReceiver()
    {
        Port = FreePort.Next();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public int Port { get; }

    /// <summary>Headers of the last push.</summary>
    public WebHeaderCollection? Headers { get; private set; }

    /// <summary>Waits until something with that text was pushed there. The names in a Protobuf message are plain text.
    /// </summary>
    public async Task WaitForAsync(string path, string text)
    {
        var found = new TestSignal($"a push to {path} with '{text}'");
        _awaited.Enqueue((path, text, found));
        Look();
        await found.WaitAsync();
    }

    public void Dispose() => _listener.Close();

    private void Look()
    {
        foreach (var (path, text, found) in _awaited)
        {
            if (_seen.TryGetValue(path, out var seen) && seen.Contains(text, StringComparison.Ordinal))
                found.Set();
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Headers = (WebHeaderCollection)context.Request.Headers;
                var text = Encoding.Latin1.GetString(body.ToArray());
                _seen.AddOrUpdate(context.Request.Url!.AbsolutePath, text, (_, before) => before + text);
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
                Look();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // The test ends.
            }
        }
    }
}
