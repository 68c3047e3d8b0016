using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;

namespace ActorBalancer.Api.Hosting;

/// <summary>Writes events in the form of the HTML standard, section 9.2.</summary>
internal static class ServerSentEvents
{
    /// <summary>Time between two comments that keep the connection alive. Source: the advice of the HTML standard,
    /// section 9.2.7.</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    /// <summary>Writes one event. Its data may hold line ends of any kind (JSON has them between values only): each
    /// line gets its own field, and the reader joins them again.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="id">What a reader that comes again names; null for none.</param>
    /// <param name="name">Kind of event, in ASCII without line ends.</param>
    /// <param name="data">Empty: <c>null</c> is written, since without data a reader would be told nothing.</param>
    public static void Write(
        IBufferWriter<byte> writer, long? id, ReadOnlySpan<char> name, ReadOnlySpan<byte> data)
    {
        if (id is { } number)
        {
            writer.Write("id: "u8);
            var digits = writer.GetSpan(20);
            number.TryFormat(digits, out var written, default, CultureInfo.InvariantCulture);
            writer.Advance(written);
            writer.Write("\n"u8);
        }

        writer.Write("event: "u8);
        Encoding.ASCII.GetBytes(name, writer);
        if (data.IsEmpty)
            data = "null"u8;
        while (true)
        {
            writer.Write("\ndata: "u8);
            var end = data.IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
                break;
            writer.Write(data[..end]);
            var isPair = data[end] == '\r' && end + 1 < data.Length && data[end + 1] == '\n';
            data = data[(end + (isPair ? 2 : 1))..];
        }

        writer.Write(data);
        writer.Write("\n\n"u8);
    }

    /// <summary>Passes events on as they come, with a comment every <see cref="PingInterval"/>. Returns when the
    /// events end, when <paramref name="write"/> says so, or when the reader has gone.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="events">What comes.</param>
    /// <param name="write">Writes one of them; true when it is the last.</param>
    /// <param name="time">The clock of the comments.</param>
    /// <param name="stop">Ends it between two events.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static async Task PumpAsync<T>(
        PipeWriter writer,
        ChannelReader<T> events,
        Func<IBufferWriter<byte>, T, bool> write,
        TimeProvider time,
        CancellationToken stop)
    {
        using var ticks = new PeriodicTimer(PingInterval, time);
        var tick = ticks.WaitForNextTickAsync(stop).AsTask();
        while (true)
        {
            var isLast = WriteReady(writer, events, write);

            // The first flush also sends the head, so that a reader knows at once that it is heard.
            var flush = await writer.FlushAsync(stop);
            if (isLast || flush.IsCompleted || flush.IsCanceled)
                return;
            var more = events.WaitToReadAsync(stop).AsTask();
            while (await Task.WhenAny(more, tick) == tick)
            {
                await tick;
                tick = ticks.WaitForNextTickAsync(stop).AsTask();
                writer.Write(": ping\n\n"u8);
                await writer.FlushAsync(stop);
            }

            if (!await more)
                return;
        }
    }

    private static bool WriteReady<T>(
        PipeWriter writer, ChannelReader<T> events, Func<IBufferWriter<byte>, T, bool> write)
    {
        // A reader that is far behind gets its backlog in parts, each flushed before the next.
        const int EventsMax = 64;
        for (var i = 0; i < EventsMax && events.TryRead(out var each); i++)
        {
            if (write(writer, each))
                return true;
        }

        return false;
    }
}
