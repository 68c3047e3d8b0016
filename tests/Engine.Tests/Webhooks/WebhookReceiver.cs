using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Webhooks;

/// <summary>A receiver of webhooks over real sockets, which answers what the test says and counts who
/// connects.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<ReceivedCall> _calls = Channel.CreateUnbounded<ReceivedCall>();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Task _accepting;
    private int _connects;

    /// <param name="answer">Writes the answer to a call; null answers 200 without a body.</param>
    /// <param name="address">Where it listens; loopback of IPv4 when null.</param>
    /// <param name="port">0 for a free one.</param>
    public WebhookReceiver(
        Func<ReceivedCall, Stream, Task>? answer = null, IPAddress? address = null, int port = 0)
    {
        Answer = answer ?? ((_, stream) => ReplyAsync(stream, "200 OK"));
        _listener = new TcpListener(address ?? IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public Func<ReceivedCall, Stream, Task> Answer { get; set; }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}/hook?token=secret";

    /// <summary>Connections so far.</summary>
    public int Connects => Volatile.Read(ref _connects);

    /// <summary>Calls that came and were not taken by <see cref="NextAsync"/>.</summary>
    public int Waiting => _calls.Reader.Count;

    /// <summary>The next call.</summary>
    public async Task<ReceivedCall> NextAsync()
        => await _calls.Reader.ReadAsync().AsTask().WaitAsync(TestSignal.Guard);

    /// <summary>Writes an answer; the connection stays open.</summary>
    public static async Task ReplyAsync(Stream stream, string status, string headers = "", string body = "")
        => await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}"));

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections.Keys).WaitAsync(TestSignal.Guard);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                Interlocked.Increment(ref _connects);
                _connections.TryAdd(ServeAsync(client), 0);
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            using var end = _stopping.Token.Register(client.Close);
            try
            {
                while (await ReadAsync(stream) is { } call)
                {
                    _calls.Writer.TryWrite(call);
                    await Answer(call, stream);
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or SocketException
                or OperationCanceledException)
            {
                // The caller went away, or the test has ended.
            }
        }
    }

    private static async Task<ReceivedCall?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (bytes.Count < 4 || !(bytes[^4] == '\r' && bytes[^3] == '\n' && bytes[^2] == '\r' && bytes[^1] == '\n'))
        {
            if (await stream.ReadAsync(one) == 0)
                return null;
            bytes.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(static line => line.Split(": ", 2))
            .ToLookup(static pair => pair[0], static pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers["content-length"].FirstOrDefault() ?? "0")];
        await stream.ReadExactlyAsync(body);
        return new ReceivedCall(lines[0], headers, body);
    }
}

/// <summary>A call as it came over the wire.</summary>
internal sealed record ReceivedCall(string RequestLine, ILookup<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => Headers[name].SingleOrDefault();
}
