using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.SocketsPeer;

/// <summary>Echoes small WebSocket messages on bare sockets, so that little of the machine goes to it; answers every
/// other request with an empty 200, as a health check wants.</summary>
internal static class EchoServer
{
    private const int PayloadMax = 125;
    private const int ClientHeader = 6;
    private const int ServerHeader = 2;
    private const int OpcodeClose = 8;
    private static readonly byte[] Healthy = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

    /// <summary>Serves until the process ends.</summary>
    public static async Task RunAsync(IPEndPoint place)
    {
        using var listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(place);
        listener.Listen(4096);
        while (true)
            _ = ServeAsync(await listener.AcceptAsync());
    }

    private static async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                while (await Head.ReadAsync(socket) is { } head)
                {
                    if (Head.Find(head, "Sec-WebSocket-Key") is not { } key)
                    {
                        await socket.SendAsync(Healthy);
                        continue;
                    }

                    await socket.SendAsync(Encoding.ASCII.GetBytes(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
                        $"Sec-WebSocket-Accept: {Head.Accept(key)}\r\n\r\n"));
                    await EchoAsync(socket);
                    return;
                }
            }
            catch (Exception exception) when (exception is SocketException or InvalidDataException)
            {
                // The other side went away or speaks something else; closing is all that is left.
            }
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        var buffer = new byte[4 * 1024];
        var filled = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (read == 0)
                return;
            filled += read;
            var (used, written, isClosed) = Answer(buffer, filled);
            if (written > 0)
                await socket.SendAsync(buffer.AsMemory(0, written));
            if (isClosed)
                return;
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
        }
    }

    // Turns the whole frames at the buffer's start into their answers, in place: an answer is shorter than its
    // question, as it carries no mask.
    private static (int Used, int Written, bool IsClosed) Answer(byte[] buffer, int filled)
    {
        var (used, written) = (0, 0);
        while (filled - used >= ClientHeader)
        {
            var length = buffer[used + 1] & 0x7f;
            if ((buffer[used + 1] & 0x80) == 0 || length > PayloadMax)
                throw new InvalidDataException($"Only masked frames of at most {PayloadMax} bytes are echoed.");
            if (filled - used < ClientHeader + length)
                break;
            var first = buffer[used];
            var mask = BitConverter.ToInt32(buffer, used + 2);
            for (var index = 0; index < length; index++)
            {
                var key = (byte)(mask >> (8 * (index & 3)));
                buffer[written + ServerHeader + index] = (byte)(buffer[used + ClientHeader + index] ^ key);
            }

            buffer[written] = first;
            buffer[written + 1] = (byte)length;
            written += ServerHeader + length;
            used += ClientHeader + length;
            if ((first & 0x0f) == OpcodeClose)
                return (used, written, true);
        }

        return (used, written, false);
    }
}
