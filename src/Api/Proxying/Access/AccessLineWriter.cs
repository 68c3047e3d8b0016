using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Access;

/// <summary>
/// Makes lines of the access log. Whatever a client sends, a request gives one line of ASCII: JSON escapes as
/// <c>\u001b</c>, the combined form as Apache does, <c>\x1b</c>. One thread.
/// </summary>
/// <param name="format">Form of a line.</param>
/// <param name="poolName">Stands in each JSON line.</param>
internal sealed class AccessLineWriter(AccessLogFormat format, string poolName)
{
    private const int FullBytes = 32 * 1024;
    private const int HostLengthMax = 260;
    private const int PathLengthMax = 2048;
    private const int TextLengthMax = 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(FullBytes + 8 * 1024);
    private readonly StringBuilder _line = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null);

    /// <summary>Whether the lines should be written now.</summary>
    public bool IsFull => _buffer.WrittenCount >= FullBytes;

    /// <summary>Whole lines, each with its end.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Begins anew.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>Appends the line of a request.</summary>
    public void Append(in AccessRecord record)
    {
        if (format == AccessLogFormat.Json)
            AppendJson(record);
        else
            AppendCombined(record);
        EndLine();
    }

    /// <summary>Appends a line that says that lines are missing; in the combined form one of the same shape, so that
    /// programs can read it.</summary>
    public void AppendDropped(DateTimeOffset at, long count)
    {
        if (format == AccessLogFormat.Json)
        {
            _json.Reset(_buffer);
            _json.WriteStartObject();
            _json.WriteString("time"u8, at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
            _json.WriteString("pool"u8, poolName);
            _json.WriteNumber("dropped"u8, count);
            _json.WriteEndObject();
            _json.Flush();
        }
        else
        {
            _line.Clear();
            AppendTime(at);
            Put($"- - - [{_line}] \"-\" 0 0 \"-\" \"access log: {count} lines dropped\"");
        }

        EndLine();
    }

    private void AppendJson(in AccessRecord record)
    {
        var entry = record.Entry;
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteString("time"u8, record.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
        _json.WriteString("pool"u8, poolName);
        _json.WriteString("client"u8, record.Client is { } client ? ClientAddress.TextOf(client) : null);
        _json.WriteString("method"u8, Cut(record.Method, HostLengthMax));
        _json.WriteString("host"u8, Cut(record.Host, HostLengthMax));
        _json.WriteString("path"u8, Cut(PathOf(record.Target), PathLengthMax));
        _json.WriteString("protocol"u8, record.Protocol);
        _json.WriteNumber("status"u8, entry.Status);
        _json.WriteNumber("bytesIn"u8, entry.BytesIn);
        _json.WriteNumber("bytesOut"u8, entry.BytesOut);
        _json.WriteNumber("durationMs"u8, Math.Round(entry.Duration.TotalMilliseconds, 3));
        _json.WriteString("backend"u8, entry.BackendId);
        _json.WriteNumber("tries"u8, entry.Tries);
        _json.WriteString("userAgent"u8, Cut(record.UserAgent, TextLengthMax));
        _json.WriteString("referer"u8, Cut(WithoutQuery(record.Referer), TextLengthMax));
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <summary>Source: Apache's LogFormat <c>combined</c>.</summary>
    private void AppendCombined(in AccessRecord record)
    {
        _line.Clear();
        _line.Append(record.Client is { } client ? ClientAddress.TextOf(client) : "-").Append(" - - [");
        AppendTime(record.At);
        _line.Append("] \"");
        AppendEscaped(Cut(record.Method, HostLengthMax));
        _line.Append(' ');
        AppendEscaped(Cut(PathOf(record.Target), PathLengthMax));
        _line.Append(' ');
        AppendEscaped(record.Protocol);
        _line.Append("\" ")
            .Append(record.Entry.Status).Append(' ').Append(record.Entry.BytesOut).Append(" \"");
        AppendEscaped(Cut(WithoutQuery(record.Referer), TextLengthMax));
        _line.Append("\" \"");
        AppendEscaped(Cut(record.UserAgent, TextLengthMax));
        Put(_line.Append('"').ToString());
    }

    private void AppendTime(DateTimeOffset at) =>
        _line.Append(CultureInfo.InvariantCulture, $"{at.UtcDateTime:dd/MMM/yyyy:HH:mm:ss} +0000");

    private void AppendEscaped(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            _line.Append('-');
        foreach (var unit in text)
        {
            if (unit is '"' or '\\')
                _line.Append('\\').Append(unit);
            else if (unit is >= ' ' and < '\x7f')
                _line.Append(unit);
            else if (unit <= 0xFF)
                _line.Append(CultureInfo.InvariantCulture, $"\\x{(int)unit:x2}");
            else
                _line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }
    }

    /// <summary>Appends a text that is ASCII by now.</summary>
    private void Put(string text) => Encoding.ASCII.GetBytes(text, _buffer);

    private void EndLine()
    {
        _buffer.GetSpan(1)[0] = (byte)'\n';
        _buffer.Advance(1);
    }

    /// <summary>The path of a request's target, or a target that has none; of an absolute form (RFC 9112, 3.2.2) what
    /// follows the host, so that no login in it is shown either.</summary>
    private static ReadOnlySpan<char> PathOf(string target)
    {
        var shown = WithoutQuery(target);
        var path = RequestTarget.PathOf(shown);
        return path.IsEmpty ? shown : path;
    }

    private static ReadOnlySpan<char> WithoutQuery(string text)
    {
        var end = text.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? text : text.AsSpan(0, end);
    }

    private static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text, int lengthMax) =>
        text.Length <= lengthMax ? text : string.Concat(text[..lengthMax], "...");
}
