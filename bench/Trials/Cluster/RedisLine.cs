using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Trials.Cluster;

/// <summary>A connection to Redis that asks one thing after the other, with as little as that needs.</summary>
internal sealed class RedisLine : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly BufferedStream _stream;

    /// <summary>Connects to a server of 127.0.0.1.</summary>
    public RedisLine(int port)
    {
        _client.Connect(IPAddress.Loopback, port);
        _stream = new BufferedStream(_client.GetStream());
    }

    /// <summary>Sends a command and gives its answer: a text, a number as text, a list of answers, or null. An error is
    /// its sentence with a minus in front.</summary>
    public object? Ask(params IReadOnlyList<string> words)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Count}\r\n");
        foreach (var word in words)
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        _stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        _stream.Flush();
        return Read();
    }

    /// <summary>A member of <c>INFO</c>.</summary>
    public string Info(string section, string member)
    {
        var lines = ((string)Ask("INFO", section)!).Split("\r\n");
        return lines.First(line => line.StartsWith(member + ":", StringComparison.Ordinal))[(member.Length + 1)..];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }

    private object? Read()
    {
        var line = ReadLine();
        var rest = line[1..];
        switch (line[0])
        {
            case '$' when rest == "-1":
            case '*' when rest == "-1":
                return null;
            case '$':
                var bytes = new byte[int.Parse(rest, CultureInfo.InvariantCulture) + 2];
                _stream.ReadExactly(bytes);
                return Encoding.UTF8.GetString(bytes, 0, bytes.Length - 2);
            case '*':
                var list = new object?[int.Parse(rest, CultureInfo.InvariantCulture)];
                for (var index = 0; index < list.Length; index++)
                    list[index] = Read();
                return list;
            case '-':
                return line;
            default:
                return rest;
        }
    }

    private string ReadLine()
    {
        var bytes = new List<byte>();
        while (_stream.ReadByte() is >= 0 and var next)
        {
            if (next == '\n')
                return Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
            bytes.Add((byte)next);
        }

        throw new IOException("Redis closed the connection.");
    }
}
