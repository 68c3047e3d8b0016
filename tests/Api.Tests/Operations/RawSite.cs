using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Api.Tests.Operations;

/// <summary>Gives the same answer to whatever it is asked, on a free port of loopback.</summary>
internal sealed class RawSite : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _answer;
    private Task _serving = Task.CompletedTask;

    private RawSite(string answer) => _answer = Encoding.UTF8.GetBytes(answer);

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public static Task<RawSite> StartAsync(string body, string status = "200 OK", string headers = "")
    {
        var site = new RawSite($"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}"
            + $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\nconnection: close\r\n\r\n{body}");
        site._listener.Start();
        site._serving = site.ServeAsync();
        return Task.FromResult(site);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[16 * 1024];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                _ = await stream.ReadAsync(buffer, _stop.Token);
                await stream.WriteAsync(_answer, _stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
            {
                // The next one, or the end.
            }
        }
    }
}
