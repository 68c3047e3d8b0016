using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace ActorBalancer.Api.Tasks;

/// <summary>Reads a request's body into one array of its exact size.</summary>
internal static class TaskBody
{
    // Up to here a body waits in the connection's own buffers until it is whole, and is copied once. Kestrel would
    // hold back the sender at 1 MiB.
    private const int InPlaceBytesMax = 64 * 1024;

    /// <summary>Reads all of it. Memory grows only with what has really come.</summary>
    /// <param name="reader">The body.</param>
    /// <param name="bytesMax">The limit.</param>
    /// <returns>The body; null when it is larger than the limit: the rest is then left unread.</returns>
    /// <exception cref="BadHttpRequestException">The body broke off, came too slowly or is framed wrongly.</exception>
    /// <exception cref="ConnectionResetException">The client has gone.</exception>
    public static async ValueTask<byte[]?> ReadAsync(PipeReader reader, long bytesMax)
    {
        try
        {
            return await ReadSmallAsync(reader, bytesMax);
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // Kestrel's way to say that the size of a chunk overflows.
            throw new BadHttpRequestException("The body's framing is broken.", exception);
        }
    }

    private static async ValueTask<byte[]?> ReadSmallAsync(PipeReader reader, long bytesMax)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            var buffer = read.Buffer;
            if (buffer.Length > bytesMax)
            {
                reader.AdvanceTo(buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = buffer.Length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)buffer.Length);
                buffer.CopyTo(body);
                reader.AdvanceTo(buffer.End);
                return body;
            }

            if (buffer.Length > InPlaceBytesMax)
                return await ReadLargeAsync(reader, buffer, bytesMax);
            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static async ValueTask<byte[]?> ReadLargeAsync(
        PipeReader reader, ReadOnlySequence<byte> buffer, long bytesMax)
    {
        var pooled = ArrayPool<byte>.Shared.Rent(4 * InPlaceBytesMax);
        var length = 0;
        try
        {
            var isCompleted = false;
            while (true)
            {
                if (buffer.Length > bytesMax - length)
                {
                    reader.AdvanceTo(buffer.End);
                    return null;
                }

                pooled = EnsureRoom(pooled, length, (int)buffer.Length);
                buffer.CopyTo(pooled.AsSpan(length));
                length += (int)buffer.Length;
                reader.AdvanceTo(buffer.End);
                if (isCompleted)
                    return pooled.AsSpan(0, length).ToArray();
                var read = await reader.ReadAsync();
                buffer = read.Buffer;
                isCompleted = read.IsCompleted;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }
    }

    private static byte[] EnsureRoom(byte[] pooled, int used, int more)
    {
        if (pooled.Length - used >= more)
            return pooled;
        var room = Math.Clamp(2L * pooled.Length, (long)used + more, Array.MaxLength);
        var larger = ArrayPool<byte>.Shared.Rent((int)room);
        pooled.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(pooled);
        return larger;
    }
}
