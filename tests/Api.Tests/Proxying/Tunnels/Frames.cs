using System.Buffers.Binary;
using ActorBalancer.Testing;
using Shouldly;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>Frames of RFC 6455 as bytes.</summary>
internal static class Frames
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;

    private static readonly byte[] Mask = [0x11, 0x22, 0x33, 0x44];

    /// <summary>Makes a frame with the shortest form of the length.</summary>
    public static byte[] Make(int opcode, byte[] payload, bool isMasked, bool isFinal = true)
    {
        var head = Head(opcode, payload.Length, isMasked, isFinal);
        var body = payload.ToArray();
        for (var index = 0; isMasked && index < body.Length; index++)
            body[index] ^= Mask[index % 4];
        return [.. head, .. body];
    }

    /// <summary>Makes a head alone; the payload of any length may follow or not.</summary>
    public static byte[] Head(int opcode, long length, bool isMasked, bool isFinal = true, int? form = null)
    {
        var mask = isMasked ? 0x80 : 0;
        List<byte> head = [(byte)((isFinal ? 0x80 : 0) | opcode)];
        var eight = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(eight, length);
        switch (form ?? (length < 126 ? 0 : length <= ushort.MaxValue ? 126 : 127))
        {
            case 126:
                head.Add((byte)(mask | 126));
                head.AddRange(eight[6..]);
                break;
            case 127:
                head.Add((byte)(mask | 127));
                head.AddRange(eight);
                break;
            default:
                head.Add((byte)(mask | (int)length));
                break;
        }

        return isMasked ? [.. head, .. Mask] : [.. head];
    }

    public static byte[] CloseOf(ushort code, bool isMasked) => Make(Close, [(byte)(code >> 8), (byte)code], isMasked);

    /// <summary>Reads a frame with a short payload.</summary>
    public static async Task<(int Opcode, byte[] Payload)> ReadAsync(Stream stream)
    {
        var head = await ReadAsync(stream, 2);
        var length = head[1] & 0x7F;
        length.ShouldBeLessThan(126);
        var mask = (head[1] & 0x80) != 0 ? await ReadAsync(stream, 4) : new byte[4];
        var payload = await ReadAsync(stream, length);
        for (var index = 0; index < payload.Length; index++)
            payload[index] ^= mask[index % 4];
        return (head[0] & 0x0F, payload);
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(TestSignal.Guard);
        return bytes;
    }

    public static async Task ShouldBeCloseAsync(Stream stream, ushort code)
    {
        var (opcode, payload) = await ReadAsync(stream);
        opcode.ShouldBe(Close);
        payload.ShouldBe([(byte)(code >> 8), (byte)code]);
    }

    /// <summary>Reads to the end of the stream; a reset is an end, too.</summary>
    public static async Task<int> ReadToEndAsync(Stream stream)
    {
        var buffer = new byte[4096];
        var total = 0;
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer).AsTask().WaitAsync(TestSignal.Guard)) > 0)
                total += count;
        }
        catch (IOException)
        {
            // The peer gave up harder than it had to.
        }

        return total;
    }
}
