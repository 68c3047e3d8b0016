using System.Buffers.Binary;
using System.Diagnostics;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>The WebSockets of trial 17: a flood of pings and of messages of one byte passes through whole, and a message
/// without end is closed with 1009, whether it is one frame or many; the proxy's memory stays small and another socket
/// does not notice.</summary>
internal sealed class ProxyFramesTrial : Trial
{
    private const double MemoryMax = 300 << 20;

    /// <summary>The limit's default.</summary>
    private const long MessageMax = 16 * 1024 * 1024;

    /// <summary>What may have been sent before the close is seen: beside the message what fits into the kernel's buffers,
    /// and what the proxy reads away in the second that it leaves the client for a Close frame of its own.</summary>
    private const long SentMax = MessageMax + (1L << 30);

    private const int PieceBytes = 16 * 1024;
    private const byte Binary = 0x02;
    private const byte Close = 0x08;
    private const byte Final = 0x80;
    private const byte Masked = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The mask is zero in all, so that the payload is as it stands.
    private static readonly byte[] Ping = [0x89, Masked, 0, 0, 0, 0];
    private static readonly byte[] Tiny = [Final | Binary, Masked | 1, 0, 0, 0, 0, (byte)'x'];

    /// <inheritdoc/>
    public override string Name => "proxy-frames";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var count = settings.Short ? 20_000 : 200_000;
        await using var rig = await ProxyRig.StartAsync(2);
        using var stop = new CancellationTokenSource();
        using var good = await EchoClient.OpenAsync(rig.Port, 1);
        good.Play(TimeSpan.FromMilliseconds(50), TimeSpan.Zero, stop.Token);
        var steps = new List<(bool Ok, string Text)>
        {
            await FloodAsync(rig, "pings", Ping, 2, count),
            await FloodAsync(rig, "messages of one byte", Tiny, 3, count),
            await EndlessAsync(rig, "a frame of 1 GiB", [Final | Binary, .. Length(1L << 30)], []),
            await EndlessAsync(rig, "a message of endless frames", [Binary, .. Length(0)], [0, .. Length(PieceBytes)]),
        };
        var memory = ProcessFigures.Memory(rig.Proxy.Id);
        await stop.CancelAsync();
        await good.WaitForEndAsync(Patience);
        good.Dispose();
        await rig.WaitForHealthAsync(static health => health.Active == 0, "no active connection once all are closed");
        var lost = good.Fault is null ? 0 : 1;
        return new TrialResult
        {
            Trial = Name,
            Seeds = "-",
            Acked = good.Echoes,
            Lost = lost,
            Pass = lost == 0 && memory <= MemoryMax && steps.TrueForAll(static step => step.Ok),
            Notes =
            [
                $"memory {memory / (1 << 20):0} MB; the other socket: {good.Echoes} echoes, {good.Fault ?? "no fault"}",
                .. steps.Select(static step => $"{(step.Ok ? "pass" : "FAIL")} {step.Text}"),
            ],
        };
    }

    private static async Task<RawConnection> OpenAsync(ProxyRig rig)
    {
        var connection = await RawConnection.OpenAsync(rig.Port);
        await connection.SendAsync(Abuses.Upgrade);
        var answer = await connection.ReadAsync();
        return answer.Status == 101
            ? connection
            : throw new TrialException($"the handshake was answered with {answer.Status}");
    }

    // Sends a frame many times without waiting, and counts the bytes of the answers.
    private static async Task<(bool Ok, string Text)> FloodAsync(
        ProxyRig rig, string what, byte[] frame, int answerBytes, int count)
    {
        using var connection = await OpenAsync(rig);
        var clock = Stopwatch.StartNew();
        var expected = (long)answerBytes * count;
        var reading = Task.Run(async () =>
        {
            var received = 0L;
            while (received < expected && await connection.SkipAsync() is > 0 and var read)
                received += read;
            return received;
        });
        var batch = Enumerable.Repeat(frame, 100).SelectMany(static bytes => bytes).ToArray();
        try
        {
            for (var sent = 0; sent < count; sent += 100)
                await connection.SendAsync(batch);
        }
        catch (IOException)
        {
            // The answers that are missing say it.
        }

        var received = await reading.WaitAsync(Patience);
        return (received == expected,
            $"{count} {what}: {received / answerBytes} answers in {clock.Elapsed.TotalSeconds:0.0} s");
    }

    // Sends a head, then pieces without end, each with a head of its own, until the close comes.
    private static async Task<(bool Ok, string Text)> EndlessAsync(
        ProxyRig rig, string what, byte[] head, byte[] pieceHead)
    {
        using var connection = await OpenAsync(rig);
        var reading = Task.Run(() => ReadToCloseAsync(connection));
        var piece = pieceHead.Concat(new byte[PieceBytes]).ToArray();
        var sent = 0L;
        try
        {
            await connection.SendAsync(head);
            while (!reading.IsCompleted && sent < 2 * SentMax)
            {
                await connection.SendAsync(piece);
                sent += PieceBytes;
            }
        }
        catch (IOException)
        {
            // It was cut, as it should be.
        }

        if (await Task.WhenAny(reading, Task.Delay(Patience)) != reading)
            return (false, $"{what}: no close after {sent >> 20} MB");
        var code = await reading;
        return (code == 1009 && sent <= SentMax, $"{what}: closed with {code} after {sent >> 20} MB");
    }

    // Follows the server's frames to a close and returns its code; 0 when the connection ended without one.
    private static async Task<int> ReadToCloseAsync(RawConnection connection)
    {
        var buffer = new byte[PieceBytes];
        try
        {
            while (true)
            {
                await FillAsync(connection, buffer.AsMemory(0, 2));
                var (opcode, length) = (buffer[0] & 0x0f, (long)buffer[1]);
                if (length is Length16 or Length64)
                {
                    var more = length == Length16 ? 2 : 8;
                    buffer.AsSpan(0, 8).Clear();
                    await FillAsync(connection, buffer.AsMemory(8 - more, more));
                    length = BinaryPrimitives.ReadInt64BigEndian(buffer);
                }

                for (; length > buffer.Length; length -= buffer.Length)
                    await FillAsync(connection, buffer);
                await FillAsync(connection, buffer.AsMemory(0, (int)length));
                if (opcode == Close)
                    return length < 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(buffer);
            }
        }
        catch (EndOfStreamException)
        {
            return 0;
        }
    }

    private static async Task FillAsync(RawConnection connection, Memory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var read = await connection.ReceiveAsync(bytes);
            if (read == 0)
                throw new EndOfStreamException();
            bytes = bytes[read..];
        }
    }

    // Length and mask of a client's frame.
    private static byte[] Length(long length)
    {
        if (length < Length16)
            return [(byte)(Masked | length), 0, 0, 0, 0];
        if (length <= ushort.MaxValue)
            return [Masked | Length16, (byte)(length >> 8), (byte)length, 0, 0, 0, 0];
        var bytes = new byte[9 + 4];
        bytes[0] = Masked | Length64;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), length);
        return bytes;
    }
}
