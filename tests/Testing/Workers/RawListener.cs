using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Testing.Workers;

/// <summary>Accepts connections on one port of 127.0.0.1 and can go away and come back on it. <see cref="Open"/> and
/// <see cref="CloseAsync"/> are called by one owner at a time.</summary>
internal sealed class RawListener(Func<Socket, CancellationToken, Task> serve) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly ConcurrentQueue<Exception> _faults = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private CancellationTokenSource _stopping = new();

    /// <summary>The port; 0 before the first <see cref="Open"/>, the same ever after.</summary>
    public int Port { get; private set; }

    /// <summary>Connections accepted since the start.</summary>
    public int Accepted => Volatile.Read(ref _accepted);
    private int _accepted;

    /// <summary>Starts to accept. Does nothing when it does already.</summary>
    /// <exception cref="InvalidOperationException">Another server took the port.</exception>
    public void Open()
    {
        if (_listener is not null)
            return;
        var listener = Port == 0 ? FreePort.Listen() : FreePort.TryListen(Port);
        _listener = listener ?? throw new InvalidOperationException($"Port {Port} was taken by another server.");
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _stopping = new CancellationTokenSource();
        _accepting = AcceptAsync(listener, _stopping.Token);
    }

    /// <summary>Refuses connections from now on and resets those that are open.</summary>
    /// <exception cref="AggregateException">Connections failed for other reasons than a broken network.</exception>
    public async Task CloseAsync()
    {
        if (_listener is null)
            return;
        _listener.Dispose();
        _listener = null;
        await _stopping.CancelAsync();
        await _accepting;
        DropConnections();
        await Task.WhenAll(_connections.Values);
        _stopping.Dispose();
        if (!_faults.IsEmpty)
            throw new AggregateException($"Connections on port {Port} failed.", _faults);
    }

    /// <summary>Resets the open connections; new ones are accepted as before.</summary>
    public void DropConnections()
    {
        foreach (var socket in _connections.Keys)
            Reset(socket);
    }

    /// <summary>Ends a connection with RST instead of FIN. Harmless when it is closed already.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The other side, or the connection's own end, was first.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task AcceptAsync(Socket listener, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stopping);
                Interlocked.Increment(ref _accepted);
                socket.NoDelay = true;
                var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                // The entry stands before the connection runs, so that its end finds it to take away.
                _connections[socket] = RunAsync(socket, begin.Task, stopping);
                begin.SetResult();
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The listener was closed.
        }
    }

    private async Task RunAsync(Socket socket, Task begin, CancellationToken stopping)
    {
        await begin;
        try
        {
            await serve(socket, stopping);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException
            or OperationCanceledException)
        {
            // The connection broke: what a test makes happen here all the time.
        }
        catch (Exception exception)
        {
            // A request that is no HTTP, or an answer of the test's own that failed: the test must hear of it.
            _faults.Enqueue(exception);
        }
        finally
        {
            _connections.TryRemove(socket, out _);
            socket.Dispose();
        }
    }
}
