using System.Buffers;
using System.Globalization;
using System.Text;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>Writes events in the form of the HTML standard, section 9.2.</summary>
internal static class ServerSentEvents
{
    /// <summary>Writes one event. Its data may hold line ends of any kind (JSON has them between values only): each
    /// line gets its own field, and the reader joins them again.</summary>
    public static void Write(IBufferWriter<byte> writer, TaskEvent each)
    {
        writer.Write("id: "u8);
        var id = writer.GetSpan(20);
        each.Id.TryFormat(id, out var written, default, CultureInfo.InvariantCulture);
        writer.Advance(written);
        writer.Write("\nevent: "u8);
        Encoding.ASCII.GetBytes(StateNames.Of(each.Kind), writer);

        // Without data a reader would be told nothing at all.
        var data = each.Data is { Length: > 0 } ? each.Data : "null"u8;
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

    /// <summary>Writes a comment, which readers pass over.</summary>
    public static void WritePing(IBufferWriter<byte> writer) => writer.Write(": ping\n\n"u8);
}
