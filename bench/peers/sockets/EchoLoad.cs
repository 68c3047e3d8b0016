using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.SocketsPeer;

/// <summary>Connections that each send a message, wait for its echo, and send the next.</summary>
/// <param name="target">Where to.</param>
/// <param name="cookie">Header <c>Cookie</c> of the handshake; none when null.</param>
internal sealed class EchoLoad(IPEndPoint target, string? cookie)
{
    private const int PayloadBytes = 64;
    private const int AnswerBytes = 2 + PayloadBytes;
    private const byte FinalBinary = 0x82;

    // Any key will do (RFC 6455 wants 16 bytes in base64).
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    private static readonly byte[] Question =
        [FinalBinary, 0x80 | PayloadBytes, 0, 0, 0, 0, .. Enumerable.Repeat((byte)'x', PayloadBytes)];
    private static readonly byte[] Expected =
        [FinalBinary, PayloadBytes, .. Enumerable.Repeat((byte)'x', PayloadBytes)];

    private int _wrong;
    private int _broken;

    /// <summary>Runs the load.</summary>
    /// <returns>A line: RESULT, messages a second, p50 and p99 in microseconds, wrong answers, broken connections, with
    /// tabs between.</returns>
    public async Task<string> RunAsync(int connections, TimeSpan length)
    {
        var sockets = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => OpenAsync()));
        var start = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(sockets.Select(socket => Task.Run(() => PlayAsync(socket, start, length))));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long[] all = [.. times.SelectMany(static of => of)];
        Array.Sort(all);
        return string.Create(CultureInfo.InvariantCulture,
            $"RESULT\t{all.Length / seconds:0.0}\t{Percentile(all, 50):0}\t{Percentile(all, 99):0}\t{_wrong}\t{_broken}");
    }

    private static double Percentile(long[] sorted, int percent) => sorted.Length == 0
        ? 0
        : sorted[Math.Min(sorted.Length - 1, (int)((long)sorted.Length * percent / 100))] * 1e6 / Stopwatch.Frequency;

    private async Task<Socket?> OpenAsync()
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"GET /ws HTTP/1.1\r\nHost: {target}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
                $"Sec-WebSocket-Key: {Key}\r\nSec-WebSocket-Version: 13\r\n" +
                (cookie is null ? "" : $"Cookie: {cookie}\r\n") + "\r\n"));
            var head = await Head.ReadAsync(socket) ?? "";
            if (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)
                && Head.Find(head, "Sec-WebSocket-Accept") == Head.Accept(Key))
                return socket;
            Interlocked.Increment(ref _wrong);
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref _broken);
        }

        socket.Dispose();
        return null;
    }

    private async Task<List<long>> PlayAsync(Socket? socket, long start, TimeSpan length)
    {
        var times = new List<long>(64 * 1024);
        if (socket is null)
            return times;
        using (socket)
        {
            try
            {
                var answer = new byte[AnswerBytes];
                var sent = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start, sent) < length)
                {
                    await socket.SendAsync(Question);
                    for (var got = 0; got < AnswerBytes;)
                    {
                        var read = await socket.ReceiveAsync(answer.AsMemory(got));
                        if (read == 0)
                            throw new SocketException((int)SocketError.ConnectionReset);
                        got += read;
                    }

                    var now = Stopwatch.GetTimestamp();
                    times.Add(now - sent);
                    sent = now;
                    if (!answer.AsSpan().SequenceEqual(Expected))
                        Interlocked.Increment(ref _wrong);
                }
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref _broken);
            }
        }

        return times;
    }
}
