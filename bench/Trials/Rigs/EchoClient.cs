using System.Net.WebSockets;
using System.Text;

namespace ActorBalancer.Trials.Rigs;

/// <summary>A WebSocket through the proxy that sends a message again and again, and checks each echo. Belongs to one
/// caller.</summary>
internal sealed class EchoClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[256];
    private Task _loop = Task.CompletedTask;
    private int _echoes;

    private EchoClient()
    {
    }

    /// <summary>Id of the backend behind it.</summary>
    public int Backend { get; private set; }

    /// <summary>Right echoes so far.</summary>
    public int Echoes => Volatile.Read(ref _echoes);

    /// <summary>What went wrong; null while nothing has.</summary>
    public string? Fault { get; private set; }

    /// <summary>Opens one and asks who is there.</summary>
    /// <param name="port">The proxy's port.</param>
    /// <param name="id">The backend that the cookie names.</param>
    public static async Task<EchoClient> OpenAsync(int port, int id)
    {
        var client = new EchoClient();
        try
        {
            client._socket.Options.SetRequestHeader("Cookie", ProxyRig.CookieOf(id));
            client._socket.Options.KeepAliveInterval = TimeSpan.Zero;
            using var patience = new CancellationTokenSource(Patience);
            await client._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/ws"), patience.Token);
            client.Backend = int.Parse(await client.AskAsync(TrialBackend.Who));
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Begins to play until the token says stop or something goes wrong.</summary>
    public void Play(TimeSpan interval, TimeSpan begin, CancellationToken stop)
        => _loop = Task.Run(() => PlayAsync(interval, begin, stop), CancellationToken.None);

    /// <summary>Waits until it plays no more.</summary>
    public Task WaitForEndAsync(TimeSpan limit) => _loop.WaitAsync(limit);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task PlayAsync(TimeSpan interval, TimeSpan begin, CancellationToken stop)
    {
        try
        {
            await Task.Delay(begin, CancellationToken.None);
            for (var number = 0; !stop.IsCancellationRequested; number++)
            {
                var text = $"message {number}";
                var echo = await AskAsync(text);
                if (echo != text)
                    throw new InvalidDataException($"'{text}' came back as '{echo}'");
                Interlocked.Increment(ref _echoes);
                await Task.Delay(interval, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            Fault = $"no echo within {Patience.TotalSeconds:0} s after {Echoes} good ones";
        }
        catch (Exception exception) when (exception is WebSocketException or InvalidDataException or IOException)
        {
            Fault = $"{exception.Message} after {Echoes} good ones";
        }
    }

    private async Task<string> AskAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.SendAsync(
            Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        var echo = await _socket.ReceiveAsync(_buffer.AsMemory(), patience.Token);
        return echo.MessageType == WebSocketMessageType.Close
            ? throw new InvalidDataException($"the connection was closed with {_socket.CloseStatus}")
            : Encoding.ASCII.GetString(_buffer, 0, echo.Count);
    }
}
