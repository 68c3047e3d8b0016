using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>A socket that sends what the test says, byte for byte, and reads answers.</summary>
internal sealed class RawConnection : IDisposable
{
    // Only a guard: no test waits for it to pass.
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly MemoryStream _pending = new();

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        return new RawConnection(socket);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends all of it; a server that closed the connection meanwhile is no failure.</summary>
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

    /// <summary>Reads one answer.</summary>
    /// <param name="hasBody">False for HEAD, whose Content-Length announces nothing.</param>
    public async Task<EdgeAnswer> ReadAsync(bool hasBody = true)
    {
        using var guard = new CancellationTokenSource(Guard);
        int headEnd;
        while ((headEnd = Text().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            if (!await FillAsync(guard.Token))
                throw new InvalidOperationException($"Closed before an answer was whole: '{Text()}'");
        }

        var lines = Text()[..headEnd].Split("\r\n");
        var headers = lines.Skip(1)
            .Select(line => line.Split(": ", 2))
            .ToLookup(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var length = hasBody && headers["Content-Length"].FirstOrDefault() is { } value
            ? int.Parse(value, CultureInfo.InvariantCulture)
            : 0;
        while (_pending.Length < headEnd + 4 + length && await FillAsync(guard.Token))
        {
            // Reads on.
        }

        if (_pending.Length < headEnd + 4 + length)
            throw new InvalidOperationException($"Closed before an answer was whole: '{Text()}'");
        var all = _pending.ToArray();
        var body = all.AsSpan(headEnd + 4, length).ToArray();
        _pending.SetLength(0);
        _pending.Write(all.AsSpan(headEnd + 4 + length));
        return new EdgeAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, body);
    }

    /// <summary>Reads until a text has come, and throws away all before it.</summary>
    public async Task ReadUntilAsync(string text)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!Text().Contains(text, StringComparison.Ordinal))
        {
            var tail = _pending.ToArray()[^(int)Math.Min(_pending.Length, text.Length)..];
            _pending.SetLength(0);
            _pending.Write(tail);
            if (!await FillAsync(guard.Token))
                throw new InvalidOperationException($"Closed before '{text}' came.");
        }
    }

    /// <summary>Closes at once with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _pending.Dispose();
    }

    private string Text() => Encoding.Latin1.GetString(_pending.GetBuffer(), 0, (int)_pending.Length);

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            var read = await _socket.ReceiveAsync(buffer, cancellationToken);
            _pending.Write(buffer.AsSpan(0, read));
            return read > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
