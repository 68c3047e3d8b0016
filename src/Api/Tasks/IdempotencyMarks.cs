using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>Makes the marks under which the engine knows a repeated request again. Pure.</summary>
internal static class IdempotencyMarks
{
    /// <summary>The mark of one task.</summary>
    /// <param name="key">Value of <c>Idempotency-Key</c>, ASCII.</param>
    /// <param name="body">The body it came with.</param>
    public static IdempotencyMark Of(string key, ReadOnlySpan<byte> body) =>
        new(Print(Encoding.ASCII.GetBytes(key)), Print(body));

    /// <summary>The mark of one task of many that come under one key.</summary>
    /// <param name="key">Value of <c>Idempotency-Key</c>, ASCII; it cannot hold the blank that is put in here.</param>
    /// <param name="index">The task's place among them, from 0.</param>
    /// <param name="body">Its own body.</param>
    public static IdempotencyMark Of(string key, int index, ReadOnlySpan<byte> body) => Of($"{key} {index}", body);

    private static UInt128 Print(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
