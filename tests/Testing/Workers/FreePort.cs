using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Testing.Workers;

/// <summary>Finds ports of 127.0.0.1 that nobody listens on. Thread-safe.</summary>
/// <remarks>The ports lie below the range from which the kernel takes the near ends of outgoing connections (32768 and
/// up on Linux), so a server that stops and starts again on its port does not find it taken by a client.</remarks>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;
    private static int _next = Random.Shared.Next(Count);

    /// <summary>A port that nobody listens on now, and that this process has not been given lately.</summary>
    /// <exception cref="InvalidOperationException">None is free.</exception>
    public static int Next()
    {
        using var listener = Listen();
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>Opens a listening socket on a free port of 127.0.0.1, so that no one can take it in between.</summary>
    /// <exception cref="InvalidOperationException">None is free.</exception>
    internal static Socket Listen()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + ((Interlocked.Increment(ref _next) & int.MaxValue) % Count);
            if (TryListen(port) is { } listener)
                return listener;
        }

        throw new InvalidOperationException($"No port of 127.0.0.1 from {First} to {First + Count - 1} is free.");
    }

    /// <summary>Opens a listening socket on that port of 127.0.0.1; null when it is taken.</summary>
    internal static Socket? TryListen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen(backlog: 512);
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
