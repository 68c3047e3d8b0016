using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>A backend that records the bytes which reach it and answers what the test says.</summary>
internal sealed class RawBackend : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<RawExchange> _exchanges = new();
    private readonly Func<RawExchange, Task> _script;
    private readonly bool _readsBodies;
    private int _connections;

    /// <param name="script">What it does with each request.</param>
    /// <param name="readsBodies">Whether bodies are read before the script runs.</param>
    public RawBackend(Func<RawExchange, Task> script, bool readsBodies = true)
    {
        _script = script;
        _readsBodies = readsBodies;
        _listener.Start();
        _ = AcceptAsync();
    }

    public RawBackend(string answer)
        : this(exchange => exchange.SendAsync(answer))
    {
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>All requests whose head reached it, in order.</summary>
    public IReadOnlyList<RawExchange> Exchanges => [.. _exchanges];

    public int Count => _exchanges.Count;

    public RawExchange Single => _exchanges.Single();

    public int Connections => _connections;

    /// <summary>An answer with a body of this text.</summary>
    public static string Ok(string body = "hello", string headers = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}";

    /// <summary>A backend that always answers so.</summary>
    public static RawBackend Answering(string body = "hello", string headers = "") => new(Ok(body, headers));

    /// <summary>An address at which nobody listens.</summary>
    public static Uri Nobody()
    {
        using var taken = new RawBackend("");
        return taken.Url;
    }

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                _ = ServeAsync(socket, Interlocked.Increment(ref _connections));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        using var owned = socket;
        var reader = new WireReader(socket);
        try
        {
            while (await reader.ReadHeadAsync() is { } head)
            {
                var exchange = new RawExchange(socket, reader, head) { Connection = connection };
                if (_readsBodies)
                    exchange.Body = await reader.ReadBodyAsync(head);
                _exchanges.Enqueue(exchange);
                await _script(exchange);
                if (exchange.IsClosed)
                    return;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The proxy has gone.
        }
    }
}

/// <summary>A request as it reached a backend.</summary>
internal sealed class RawExchange(Socket socket, WireReader reader, string head)
{
    /// <summary>Request line and headers with the empty line.</summary>
    public string Head => head;

    public string RequestLine => head[..head.IndexOf("\r\n", StringComparison.Ordinal)];

    /// <summary>Null when it broke off or was not read.</summary>
    public byte[]? Body { get; set; }

    public string Text => Encoding.Latin1.GetString(Body!);

    public WireReader Reader => reader;

    /// <summary>Number of the connection, from 1.</summary>
    public required int Connection { get; init; }

    public bool IsClosed { get; private set; }

    public string? Header(string name) => WireReader.Header(head, name);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent));
    }

    /// <summary>Ends the connection with FIN.</summary>
    public Task CloseAsync()
    {
        IsClosed = true;
        socket.Shutdown(SocketShutdown.Both);
        return Task.CompletedTask;
    }

    /// <summary>Ends the connection with RST.</summary>
    public Task ResetAsync()
    {
        IsClosed = true;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        return Task.CompletedTask;
    }
}
