using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Testing.Processes;

/// <summary>A real redis-server of a test's own: on a free port of 127.0.0.1, in a temporary folder, its log of commands
/// on disk. Ends with the test.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("abredis").FullName;
    private readonly string[] _arguments;
    private Process _process = null!;

    private RedisServer(int port, string[] arguments)
    {
        Port = port;
        _arguments = arguments;
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Its address as <c>host:port</c>.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="arguments">Settings beside the usual ones, such as <c>--requirepass x</c>; the later one of two
    /// wins.</param>
    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        var server = new RedisServer(FreePort(), arguments);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it on the same port and files after a kill.</summary>
    public async Task StartAgainAsync()
    {
        string[] usual =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder,
            "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction",
            "--daemonize", "no", "--logfile", "redis.log",
        ];
        var start = new ProcessStartInfo("redis-server", [.. usual, .. _arguments]) { UseShellExecute = false };
        _process = Process.Start(start)!;
        var began = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"redis-server did not start: {ReadLog()}");
            await Task.Delay(20);
        }
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Stops it in its tracks, with all its connections open.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Signal("CONT");

    /// <summary>Sends one command and gives the first line of its answer.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, Port);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words)
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text.ToString()));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        return await reader.ReadLineAsync() ?? "";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        var began = Stopwatch.GetTimestamp();
        while (!TryDeleteFolder() && Stopwatch.GetElapsedTime(began) < Patience)
            await Task.Delay(20);
    }

    // A child of it may still write a file there until it sees that its parent is gone.
    private bool TryDeleteFolder()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", $"-{name} {_process.Id}");
        kill.WaitForExit();
    }

    // While it reads its files it answers, but not with PONG.
    private async Task<bool> AnswersAsync()
    {
        try
        {
            var answer = await CommandAsync("PING");
            return answer == "+PONG" || answer.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private string ReadLog()
    {
        var path = Path.Combine(_folder, "redis.log");
        return File.Exists(path) ? File.ReadAllText(path) : "no log";
    }
}
