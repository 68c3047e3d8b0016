using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>Two ends of a TCP connection over loopback.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket near, Socket far)
    {
        Near = new NetworkStream(near, ownsSocket: true);
        Far = new NetworkStream(far, ownsSocket: true);
    }

    /// <summary>The tunnel's end.</summary>
    public NetworkStream Near { get; }

    /// <summary>The peer's end.</summary>
    public NetworkStream Far { get; }

    public static async Task<SocketPair> OpenAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await far.ConnectAsync(listener.LocalEndPoint!);
        var near = await listener.AcceptAsync();
        near.NoDelay = true;
        return new SocketPair(near, far);
    }

    /// <summary>Ends the peer's sending, as shutdown does.</summary>
    public void EndFar() => Far.Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes the peer's end with RST.</summary>
    public void ResetFar()
    {
        Far.Socket.LingerState = new LingerOption(true, 0);
        Far.Socket.Close();
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }
}
