using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Trials.Redis;

/// <summary>A line to Redis that can be cut: connections stay open and nothing gets through, neither way, as when a
/// firewall drops packets.</summary>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _port;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _whole = new();

    /// <summary>Opens the line.</summary>
    /// <param name="port">Port of Redis on 127.0.0.1.</param>
    public CutLine(int port)
    {
        _port = port;
        _whole.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the nodes connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Cuts it.</summary>
    public void Cut() => _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Mends it: what waited gets through.</summary>
    public void Mend() => _whole.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var lines = new List<Task>();
        try
        {
            while (true)
                lines.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task CarryAsync(TcpClient near)
    {
        using var far = new TcpClient { NoDelay = true };
        using (near)
        {
            try
            {
                near.NoDelay = true;
                await _whole.Task.WaitAsync(_end.Token);
                await far.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
                await Task.WhenAny(
                    PumpAsync(near.GetStream(), far.GetStream()), PumpAsync(far.GetStream(), near.GetStream()));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // The end of the line, or Redis is down: the near end is closed.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _end.Token) is > 0 and var count)
            {
                await _whole.Task.WaitAsync(_end.Token);
                await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One end is gone: the other one follows.
        }
    }
}
