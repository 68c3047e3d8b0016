using System.Diagnostics;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>What a slow client is slow at.</summary>
internal enum Slowness
{
    /// <summary>Sends a head, a byte a second.</summary>
    Head,

    /// <summary>Sends a body, ten bytes a second.</summary>
    Body,

    /// <summary>Reads an answer, a hundred bytes a second.</summary>
    Reader,

    /// <summary>Connects and says nothing.</summary>
    Idle,
}

/// <summary>A client that takes its time.</summary>
internal sealed class SlowClient : IDisposable
{
    /// <summary>The kernel's smallest buffer: the rest waits in the proxy.</summary>
    private const int ReceiveBytes = 4 * 1024;
    private const int ReadBytesPerSecond = 100;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RawConnection _connection;
    private readonly long _start = Stopwatch.GetTimestamp();

    private SlowClient(Slowness slowness, RawConnection connection)
    {
        Slowness = slowness;
        _connection = connection;
    }

    /// <summary>What it is slow at.</summary>
    public Slowness Slowness { get; }

    /// <summary>How long it was let; null while it is.</summary>
    public TimeSpan? CutAfter { get; private set; }

    /// <summary>Opens one and lets it go on until it is cut or disposed.</summary>
    public static async Task<SlowClient> StartAsync(Slowness slowness, int port)
    {
        var connection = await RawConnection.OpenAsync(port, slowness == Slowness.Reader ? ReceiveBytes : null);
        var client = new SlowClient(slowness, connection);
        await connection.SendAsync(slowness switch
        {
            Slowness.Head => "GET / HTTP/1.1\r\nHost: trial\r\nX-Slow: ",
            Slowness.Body => "POST /upload HTTP/1.1\r\nHost: trial\r\nContent-Length: 1000000\r\n\r\n",
            Slowness.Reader => "GET /big HTTP/1.1\r\nHost: trial\r\n\r\n",
            _ => "",
        });
        _ = Task.Run(client.SendAsync);
        _ = Task.Run(client.ReadAsync);
        return client;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private async Task SendAsync()
    {
        var piece = Slowness switch { Slowness.Head => "x", Slowness.Body => "0123456789", _ => "" };
        try
        {
            while (piece.Length > 0 && CutAfter is null)
            {
                await Task.Delay(Second);
                await _connection.SendAsync(piece);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            CutAfter ??= Stopwatch.GetElapsedTime(_start);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            if (Slowness == Slowness.Reader)
            {
                while (await _connection.SkipAsync(ReadBytesPerSecond) > 0)
                    await Task.Delay(Second);
            }
            else
            {
                while (await _connection.SkipAsync() > 0)
                {
                    // What comes is the answer that says why; the end comes after it.
                }
            }

            CutAfter ??= Stopwatch.GetElapsedTime(_start);
        }
        catch (ObjectDisposedException)
        {
            // The trial is over.
        }
    }
}
