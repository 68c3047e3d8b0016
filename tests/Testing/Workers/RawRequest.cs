using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace ActorBalancer.Testing.Workers;

/// <summary>An HTTP/1.1 request as it came over the wire.</summary>
/// <param name="Method">The method, such as <c>POST</c>.</param>
/// <param name="Path">The request target as it was sent.</param>
/// <param name="HeaderLines">Name and value of each header line, in order.</param>
/// <param name="Body">The body without its framing; empty when there was none.</param>
internal sealed record RawRequest(
    string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> HeaderLines, byte[] Body)
{
    private const int HeadBytesMax = 256 * 1024;

    /// <summary>First value of the header, or null. Names are compared without case.</summary>
    public string? Header(string name)
    {
        foreach (var (key, value) in HeaderLines)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return null;
    }

    /// <summary>Reads the next request of a connection; null when the client closed between two requests.</summary>
    /// <exception cref="InvalidDataException">What came is not HTTP/1.1.</exception>
    /// <exception cref="EndOfStreamException">It ended in the middle.</exception>
    public static async Task<RawRequest?> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        if (await ReadHeadAsync(reader, cancellationToken) is not { } head)
            return null;
        var lines = head.Split("\r\n");
        var request = lines[0].Split(' ');
        if (request.Length != 3)
            throw new InvalidDataException($"'{lines[0]}' is no request line.");

        var headers = new List<KeyValuePair<string, string>>(lines.Length - 1);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1)
                throw new InvalidDataException($"'{line}' is no header.");
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        var bare = new RawRequest(request[0], request[1], headers, []);
        return bare with { Body = await ReadBodyAsync(bare, reader, cancellationToken) };
    }

    private static async Task<byte[]> ReadBodyAsync(RawRequest request, PipeReader reader, CancellationToken cancel)
    {
        if (request.Header("transfer-encoding") is { } encoding)
        {
            return string.Equals(encoding, "chunked", StringComparison.OrdinalIgnoreCase)
                ? await ReadChunksAsync(reader, cancel)
                : throw new InvalidDataException($"Transfer-Encoding '{encoding}' is not known here.");
        }

        return request.Header("content-length") is { } length
            ? await ReadBytesAsync(reader, int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture), cancel)
            : [];
    }

    private static async Task<string?> ReadHeadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (TakeUntil(ref buffer, "\r\n\r\n"u8) is { } head)
            {
                reader.AdvanceTo(buffer.Start);
                return head;
            }

            if (result.IsCompleted && buffer.IsEmpty)
                return null;
            if (result.IsCompleted)
                throw new EndOfStreamException($"The connection ended after {buffer.Length} bytes of a head.");
            if (buffer.Length > HeadBytesMax)
                throw new InvalidDataException($"The head has more than {HeadBytesMax} bytes.");
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static async Task<byte[]> ReadChunksAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var line = await ReadLineAsync(reader, cancellationToken);
            var size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await ReadBytesAsync(reader, size, cancellationToken));
            if (await ReadLineAsync(reader, cancellationToken) is { Length: > 0 } rest)
                throw new InvalidDataException($"A chunk of {size} bytes was followed by '{rest}'.");
            if (size == 0)
                return body.ToArray();
        }
    }

    private static async Task<string> ReadLineAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (TakeUntil(ref buffer, "\r\n"u8) is { } line)
            {
                reader.AdvanceTo(buffer.Start);
                return line;
            }

            if (result.IsCompleted)
                throw new EndOfStreamException("The connection ended inside a chunked body.");
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static async Task<byte[]> ReadBytesAsync(PipeReader reader, int count, CancellationToken cancellationToken)
    {
        // A read waits for at least one byte, which need not come.
        if (count == 0)
            return [];
        var result = await reader.ReadAtLeastAsync(count, cancellationToken);
        if (result.Buffer.Length < count)
            throw new EndOfStreamException($"The connection ended after {result.Buffer.Length} of {count} bytes.");
        var bytes = result.Buffer.Slice(0, count).ToArray();
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    // Latin1 keeps every byte of a header value as one character, so a test can compare what really came.
    private static string? TakeUntil(ref ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> end)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> text, end))
            return null;
        buffer = buffer.Slice(reader.Position);
        return Encoding.Latin1.GetString(text);
    }
}
