using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Trials.Rigs;

/// <summary>An answer as it came.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Head">All header lines.</param>
/// <param name="Body">The text.</param>
internal sealed record RawAnswer(int Status, string Head, string Body)
{
    /// <summary>Value of a header; null when there is none.</summary>
    public string? Header(string name)
    {
        foreach (var line in Head.Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase))
                return line[(colon + 1)..].Trim();
        }

        return null;
    }
}

/// <summary>
/// One HTTP/1.1 connection to a port of 127.0.0.1. Unlike an HttpClient it never sends a request a second time, so that
/// each failure is seen; and it can send half of one. Belongs to one caller at a time.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private const int HeadBytesMax = 32 * 1024;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[HeadBytesMax];
    private int _filled;

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>Opens one.</summary>
    /// <param name="port">Where to.</param>
    /// <param name="receiveBytes">Size of the kernel's buffer for what comes; null: the system's.</param>
    /// <exception cref="IOException">Nobody took it.</exception>
    public static async Task<RawConnection> OpenAsync(int port, int? receiveBytes = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (receiveBytes is { } bytes)
                socket.ReceiveBufferSize = bytes;
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new RawConnection(socket);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new IOException($"no connection to port {port}: {exception.SocketErrorCode}", exception);
        }
    }

    /// <summary>Asks for a path and reads the whole answer.</summary>
    /// <param name="path">Target.</param>
    /// <param name="cookie">Header <c>Cookie</c>; null for none.</param>
    /// <exception cref="IOException">The connection ended before the answer did.</exception>
    public async Task<RawAnswer> GetAsync(string path, string? cookie = null)
    {
        await SendAsync($"GET {path} HTTP/1.1\r\nHost: trial\r\n{(cookie is null ? "" : $"Cookie: {cookie}\r\n")}\r\n");
        return await ReadAsync();
    }

    /// <summary>Sends these characters as bytes.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends these bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
                sent += await _socket.SendAsync(bytes[sent..]);
        }
        catch (SocketException exception)
        {
            throw new IOException($"sending failed: {exception.SocketErrorCode}", exception);
        }
    }

    /// <summary>Reads an answer whose body has a Content-Length, or none.</summary>
    /// <exception cref="IOException">The connection ended before the answer did.</exception>
    /// <exception cref="InvalidDataException">The body's length is not told.</exception>
    public async Task<RawAnswer> ReadAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
            await FillAsync();
        var head = Encoding.Latin1.GetString(_buffer, 0, end);
        var answer = new RawAnswer(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, "");
        if (answer.Status is 101 or 204 or 304)
        {
            Take(end + 4);
            return answer;
        }

        if (answer.Header("Content-Length") is not { } text)
            throw new InvalidDataException($"An answer of {answer.Status} does not tell its length: {head}");
        var length = int.Parse(text, CultureInfo.InvariantCulture);
        while (_filled < end + 4 + length)
            await FillAsync();
        answer = answer with { Body = Encoding.UTF8.GetString(_buffer, end + 4, length) };
        Take(end + 4 + length);
        return answer;
    }

    /// <summary>Reads some of what comes and throws it away.</summary>
    /// <param name="bytesMax">Most of it, up to 32 KiB.</param>
    /// <returns>How many bytes came; 0 at the end, also when it was cut.</returns>
    public Task<int> SkipAsync(int bytesMax = HeadBytesMax) => ReceiveAsync(_buffer.AsMemory(0, bytesMax));

    /// <summary>Reads some of what comes; not to be used once <see cref="ReadAsync"/> has read further than its answer.
    /// </summary>
    /// <returns>How many bytes came; 0 at the end, also when it was cut.</returns>
    public async Task<int> ReceiveAsync(Memory<byte> bytes)
    {
        try
        {
            return await _socket.ReceiveAsync(bytes);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <summary>Ends it with RST instead of FIN.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task FillAsync()
    {
        if (_filled == _buffer.Length)
            throw new InvalidDataException($"An answer is longer than {HeadBytesMax} bytes.");
        try
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled));
            if (read == 0)
                throw new IOException($"the connection ended after {_filled} bytes of an answer");
            _filled += read;
        }
        catch (SocketException exception)
        {
            throw new IOException($"receiving failed: {exception.SocketErrorCode}", exception);
        }
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
