using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>A client that sends what the test says, byte for byte.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;

    private RawClient(Socket socket)
    {
        _socket = socket;
        Reader = new WireReader(socket);
    }

    public WireReader Reader { get; }

    public static async Task<RawClient> OpenAsync(Uri server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        return new RawClient(socket);
    }

    /// <summary>Sends all of it; a server that closed the connection meanwhile is no failure.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
                sent += await _socket.SendAsync(bytes.AsMemory(sent));
        }
        catch (SocketException)
        {
            // What the server thought of the part that it read is in its answer.
        }
    }

    /// <summary>Reads an answer whole.</summary>
    /// <param name="isHead">True for an answer to HEAD, whose length announces nothing.</param>
    public async Task<RawAnswer> ReadAsync(bool isHead = false)
    {
        var head = await Reader.ReadHeadAsync()
            ?? throw new InvalidOperationException(
                $"The connection ended before an answer (reset: {Reader.WasReset}).");
        var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        var body = isHead || status is 101 or 204 or 304 ? [] : await Reader.ReadBodyAsync(head);
        return new RawAnswer(status, head, body);
    }

    public async Task<RawAnswer> AskAsync(string request)
    {
        await SendAsync(request);
        return await ReadAsync(request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Closes at once with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>An answer; the body is null when it broke off.</summary>
internal sealed record RawAnswer(int Status, string Head, byte[]? Body)
{
    public string Text => Body is null
        ? throw new InvalidOperationException("The body broke off.")
        : Encoding.UTF8.GetString(Body);

    public string? Header(string name) => WireReader.Header(Head, name);
}
