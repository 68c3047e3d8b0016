using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ActorBalancer.Testing;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>Reads heads and bodies of HTTP/1.1 from a socket and believes nothing but the bytes.</summary>
internal sealed class WireReader(Socket socket)
{
    private readonly List<byte> _pending = [];
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>True once the other side has reset the connection.</summary>
    public bool WasReset { get; private set; }

    /// <summary>Reads a head with its empty line.</summary>
    /// <returns>Null when the connection ends before it is whole.</returns>
    public async Task<string?> ReadHeadAsync()
    {
        int end;
        while ((end = Find("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync())
                return null;
        }

        return Encoding.Latin1.GetString(Take(end + 4));
    }

    /// <summary>Reads the body that a head announces.</summary>
    /// <returns>Null when the connection ends before it is whole.</returns>
    public async Task<byte[]?> ReadBodyAsync(string head)
    {
        if (Header(head, "Transfer-Encoding") is not null)
            return await ReadChunksAsync();
        return Header(head, "Content-Length") is { } length
            ? await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture))
            : [];
    }

    /// <summary>Reads so many bytes; null when the connection ends before.</summary>
    public async Task<byte[]?> ReadExactlyAsync(int length)
    {
        while (_pending.Count < length)
        {
            if (!await FillAsync())
                return null;
        }

        return Take(length);
    }

    /// <summary>Reads so many bytes and forgets them; false when the connection ends before.</summary>
    public async Task<bool> SkipAsync(int length)
    {
        while (_pending.Count < length)
        {
            length -= _pending.Count;
            _pending.Clear();
            if (!await FillAsync())
                return false;
        }

        _pending.RemoveRange(0, length);
        return true;
    }

    /// <summary>Reads and forgets until the connection ends.</summary>
    /// <returns>How many bytes there were.</returns>
    public async Task<long> DrainAsync()
    {
        var total = (long)_pending.Count;
        _pending.Clear();
        while (await FillAsync())
        {
            total += _pending.Count;
            _pending.Clear();
        }

        return total;
    }

    /// <summary>Reads all until the connection ends.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await FillAsync())
        {
            // Reads on.
        }

        return Encoding.Latin1.GetString(Take(_pending.Count));
    }

    /// <summary>The first value of a header; null when there is none.</summary>
    public static string? Header(string head, string name) =>
        head.Split("\r\n").Skip(1)
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim())
            .FirstOrDefault();

    private async Task<byte[]?> ReadChunksAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            int end;
            while ((end = Find("\r\n"u8)) < 0)
            {
                if (!await FillAsync())
                    return null;
            }

            var size = int.Parse(
                Encoding.Latin1.GetString(Take(end + 2)).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (await ReadExactlyAsync(size + 2) is not { } chunk)
                return null;
            if (size == 0)
                return [.. body];
            body.AddRange(chunk[..^2]);
        }
    }

    private int Find(ReadOnlySpan<byte> what) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending).IndexOf(what);

    private byte[] Take(int count)
    {
        var taken = _pending.GetRange(0, count).ToArray();
        _pending.RemoveRange(0, count);
        return taken;
    }

    private async Task<bool> FillAsync()
    {
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        try
        {
            var read = await socket.ReceiveAsync(_buffer, guard.Token);
            _pending.AddRange(_buffer.AsSpan(0, read));
            return read > 0;
        }
        catch (SocketException)
        {
            WasReset = true;
            return false;
        }
    }
}
